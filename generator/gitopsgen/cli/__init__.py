"""The command line: options, the calls in order, exit codes. The only part that prints."""
