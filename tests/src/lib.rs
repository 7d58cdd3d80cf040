//! What the end-to-end tests share: worlds, runs, and reading an organization back with plain AWS clients.
