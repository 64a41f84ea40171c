"""A deployment of several processes: which run, what each may do in the database, and how it is copied and put back."""
