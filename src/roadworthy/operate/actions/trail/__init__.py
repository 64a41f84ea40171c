"""The other side's audit logs: what systems say was done, matched with what we say; and our own trail for a SIEM."""
