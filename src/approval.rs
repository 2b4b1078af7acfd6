//! Approvals: OpenSSH signatures over a plan and who must give them.
