"""Ticket systems behind one shape: ServiceNow and Jira, each in a module of its own."""
