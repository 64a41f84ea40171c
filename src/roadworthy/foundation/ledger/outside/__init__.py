"""The ledger towards people who do not trust this machine: tiles, cosignatures, witnesses, policies, split views."""
