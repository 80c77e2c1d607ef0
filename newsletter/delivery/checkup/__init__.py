"""What the mailroom depends on outside this program, one thing at a time: the DNS, the relay, the interpreter."""
