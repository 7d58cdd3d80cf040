//! What sessions cost: handed out from the cache, and a thousand of them from nothing.
//!
//! `cargo xtask bench sessions` calls it. Without a word it measures both; `thousand WAY` measures one way of making a
//! thousand sessions and is what this program calls itself with, so that each way has a process and its memory of its own.
//! Any other word picks hand-outs by name.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod hand_out;
mod thousand;
mod usage;
mod world;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["thousand"] => thousand::all(),
        ["thousand", way] => thousand::one(way),
        [] => {
            divan::main();
            thousand::all();
        }
        _ => divan::main(),
    }
}
