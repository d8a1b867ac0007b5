"""A local mail catcher: takes every email over SMTP, keeps it, shows it on a web page. For trying Conferral out."""
