"""How the agent is spoken to: operations, their arguments and answers, and how they cross a pipe."""
