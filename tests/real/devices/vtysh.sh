#!/bin/sh
# What a login to a router gets: its command line, with a real pager, or one command of it.
[ -z "${SSH_ORIGINAL_COMMAND:-}" ] || exec vtysh -c "$SSH_ORIGINAL_COMMAND"
VTYSH_PAGER=more exec vtysh
