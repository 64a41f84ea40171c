"""The one funnel: who asks, for which use case, under which certificate, within which limits, past which guards."""
