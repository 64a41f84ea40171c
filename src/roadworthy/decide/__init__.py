"""Who may say yes, and on what basis."""
