#!/bin/sh
# What a login to a Linux-like device gets.
PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
cd /tmp
exec sh -c "${SSH_ORIGINAL_COMMAND:-exec sh -i}"
