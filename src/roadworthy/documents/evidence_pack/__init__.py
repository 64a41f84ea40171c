"""What belongs into an evidence pack: of one decision, one certificate, one use case, or a period."""
