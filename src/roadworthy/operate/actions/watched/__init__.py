"""Actions looked at from outside: counts, times, spans, pages."""
