"""Servers of ours that answer as the published APIs of ticket systems say, on loopback and over real sockets."""
