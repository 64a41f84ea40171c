"""Calls that are answered later: kept until a gateway has made them; given up where it cannot, for people to see to."""
