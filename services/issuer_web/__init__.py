"""The web front end: the issuers' dashboard and the recipients' public pages."""
