"""Tests of the timers' rules."""
