"""The rules of a tenant: who is told of what, what is muted until when, and what is masked.

They are one file that people write.  The exporter masks by it, the notifier routes and mutes, and
the operators' command line checks it; here is what all of them understand by it, without any I/O.
"""
