"""The only importer of SpiffWorkflow: parser, runner, state, timers, messages, sandbox."""
