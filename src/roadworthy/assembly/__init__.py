"""Parts of putting a deployment together, bottom up; `app` makes one of them."""
