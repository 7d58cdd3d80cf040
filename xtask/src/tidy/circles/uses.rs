//! Which file of its own crate each file uses: paths are followed through imports and re-exports to where a name is defined.
//!
//! Seen is what is written as a path or imported. Not seen is a method of a type that another file has given it. A parent's own use of
//! a name that it passes on is seen by that name alone, so a variant of the same name counts, too.

use std::collections::{BTreeMap, BTreeSet};

use super::super::paths::{is, resolve, tree};
use super::super::source::Source;
use super::super::token::Token;

/// So many imports are followed from one name to the next; a chain as long leads nowhere.
const HOPS: usize = 16;

/// What the files of one crate hold, by their modules.
#[derive(Default)]
pub(super) struct Crate<'a> {
    files: BTreeMap<Vec<String>, File<'a>>,
}

/// One file, read once.
struct File<'a> {
    imports: Vec<Import>,
    /// Paths in the code outside of imports.
    paths: Vec<(usize, Written)>,
    /// Names in the code that stand alone, with their first lines.
    words: BTreeMap<&'a str, usize>,
    definitions: BTreeSet<&'a str>,
}

struct Import {
    line: usize,
    written: Written,
    /// What it is called here; `None` for `*`.
    name: Option<String>,
    /// Whether it passes the name on, so that it alone is no use.
    is_public: bool,
}

/// A path from the crate's root, or one that begins with a name of its own module.
#[derive(Clone)]
struct Written {
    path: Vec<String>,
    /// So many names of `path` are the module that it begins in; `None` where it was written from the root.
    start: Option<usize>,
}

impl<'a> Crate<'a> {
    /// Reads one more file.
    pub(super) fn add(&mut self, module: &[String], source: &'a Source) {
        self.files.insert(module.to_vec(), File::new(module, source));
    }

    /// Returns each use of one file by another: the module that uses, the line, the module that is used.
    pub(super) fn uses(&self) -> impl Iterator<Item = (&[String], usize, &[String])> {
        self.files.iter().flat_map(move |(own, file)| {
            let imported = file.imports.iter().filter_map(move |import| {
                let line = if import.is_public { self.spoken(file, import)? } else { import.line };
                Some((line, self.file_of(own, &import.written, HOPS)?))
            });
            let named = file.paths.iter().filter_map(move |(line, written)| Some((*line, self.file_of(own, written, HOPS)?)));
            imported.chain(named).filter(move |(_, used)| *used != own.as_slice()).map(move |(line, used)| (own.as_slice(), line, used))
        })
    }

    /// Returns the line where a file itself speaks of what it passes on.
    fn spoken(&self, file: &File<'_>, import: &Import) -> Option<usize> {
        let word = |name: &str| file.words.get(name).copied();
        match &import.name {
            Some(name) => word(name),
            None => self.files.get(&import.written.path)?.definitions.iter().find_map(|name| word(name)),
        }
    }

    /// Returns the module of the file that defines what is written in `own`; `None` for other crates.
    fn file_of(&self, own: &[String], written: &Written, hops: usize) -> Option<&[String]> {
        let hops = hops.checked_sub(1)?;
        if let Some(start) = written.start {
            let first = written.path.get(start)?;
            let file = self.files.get(own)?;
            let child = written.path.get(..=start).is_some_and(|path| self.files.contains_key(path));
            if !child
                && !file.imports.iter().any(|import| import.name.as_ref() == Some(first))
                && !file.definitions.contains(first.as_str())
            {
                return None;
            }
        }
        let mut depth = 0;
        while depth < written.path.len() && self.files.contains_key(&written.path[..=depth]) {
            depth += 1;
        }
        let (module, file) = self.files.get_key_value(&written.path[..depth])?;
        let Some(name) = written.path.get(depth) else { return Some(module) };
        let named = file.imports.iter().find(|import| import.name.as_ref() == Some(name));
        let import = named.or_else(|| {
            let defines = |import: &&Import| {
                import.name.is_none() && self.files.get(&import.written.path).is_some_and(|file| file.definitions.contains(name.as_str()))
            };
            file.imports.iter().find(defines)
        });
        let Some(import) = import.filter(|_| !file.definitions.contains(name.as_str())) else { return Some(module) };
        let mut next = import.written.clone();
        next.path.extend(written.path[depth + usize::from(import.name.is_some())..].iter().cloned());
        self.file_of(module, &next, hops)
    }
}

impl<'a> File<'a> {
    fn new(module: &[String], source: &'a Source) -> Self {
        let mut file = Self { imports: Vec::new(), paths: Vec::new(), words: BTreeMap::new(), definitions: BTreeSet::new() };
        file.read(module, &source.untested);
        file
    }

    fn read(&mut self, module: &[String], tokens: &'a [Token]) {
        let mut inline: Vec<(&str, usize)> = Vec::new();
        let mut depth = 0_usize;
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let own = || -> Vec<String> { module.iter().cloned().chain(inline.iter().map(|(name, _)| (*name).to_owned())).collect() };
            let is_path = is(tokens, at + 1, "::");
            let goes_on = at > 0 && (tokens[at - 1].is("::") || tokens[at - 1].is("."));
            match token.text.as_str() {
                "{" => depth += 1,
                "}" => {
                    depth = depth.saturating_sub(1);
                    inline.pop_if(|(_, outer)| *outer == depth);
                }
                "mod" if is(tokens, at + 2, "{") => inline.push((&tokens[at + 1].text, depth)),
                "use" if tokens.get(at + 1).is_some_and(Token::is_word) => {
                    let (own, is_public) = (own(), is_public(&tokens[..at]));
                    at = tree(tokens, at + 1, &[], &mut |leaf| {
                        let name = leaf.name.map(str::to_owned);
                        self.imports.push(Import { line: leaf.line, written: Written::new(&own, &leaf.path), name, is_public });
                    });
                    continue;
                }
                "fn" | "struct" | "enum" | "trait" | "type" | "const" | "static" | "union" => {
                    self.definitions.extend(tokens.get(at + 1).filter(|next| next.is_word()).map(|next| next.text.as_str()));
                }
                "macro_rules" => self.definitions.extend(tokens.get(at + 2).map(|next| next.text.as_str())),
                "mod" => at += 1,
                // Where something can be seen is no use of that place.
                "in" if at >= 2 && tokens[at - 1].is("(") && tokens[at - 2].is("pub") => {
                    at = tree(tokens, at + 1, &[], &mut |_| {});
                    continue;
                }
                "Self" => {}
                _ if token.is_word() && is_path && !goes_on => {
                    let own = own();
                    at = tree(tokens, at, &[], &mut |leaf| self.paths.push((leaf.line, Written::new(&own, &leaf.path))));
                    continue;
                }
                word if token.is_word() && !goes_on && is_spoken(tokens, at) => {
                    self.words.entry(word).or_insert(token.line);
                }
                _ => {}
            }
            at += 1;
        }
    }
}

impl Written {
    fn new(own: &[String], written: &[&str]) -> Self {
        let is_absolute = matches!(written.first(), Some(&("crate" | "super" | "self")));
        Self { path: resolve(own, written), start: (!is_absolute).then_some(own.len()) }
    }
}

/// Returns whether a word that stands alone may be a name from elsewhere: in small letters it is a function or macro where it is called,
/// and a field or variable elsewhere.
fn is_spoken(tokens: &[Token], at: usize) -> bool {
    let is_called = || (is(tokens, at + 1, "(") || is(tokens, at + 1, "!")) && !(at > 0 && tokens[at - 1].is("fn"));
    tokens[at].text.starts_with(char::is_uppercase) || is_called()
}

/// Returns whether tokens end with `pub` or `pub(…)`.
fn is_public(before: &[Token]) -> bool {
    match before {
        [.., last] if last.is("pub") => true,
        [start @ .., last] if last.is(")") => {
            let open = start.iter().rposition(|token| token.is("("));
            open.and_then(|open| open.checked_sub(1)).is_some_and(|at| start[at].is("pub"))
        }
        _ => false,
    }
}
