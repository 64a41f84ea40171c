"""On whose behalf a call is made: tokens of users and workloads, checked beside the path."""
