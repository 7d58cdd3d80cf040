//! The Regions landfall knows, and which of them an account must opt in to.
