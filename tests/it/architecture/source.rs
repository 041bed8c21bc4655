//! The source as a test reads it: code without comments, strings and tests.

use std::path::{Path, PathBuf};

/// A file under `src`.
pub(super) struct Source {
    /// Under `src`, with slashes.
    pub(super) path: String,
    /// What the compiler sees outside of tests; what strings hold is blanked out.
    pub(super) code: String,
    /// What the strings of the same code hold.
    pub(super) strings: Vec<String>,
    /// How many lines the file has.
    pub(super) lines: usize,
    /// Whether the file is made of tests alone.
    pub(super) tests: bool,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every Rust file under `src`, in order.
pub(super) fn sources() -> Vec<Source> {
    let mut folders = vec![root()];
    let mut paths = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                paths.push(path);
            }
        }
    }
    paths.sort();
    paths.iter().map(|path| Source::read(path)).collect()
}

impl Source {
    fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let path = path
            .strip_prefix(root())
            .unwrap()
            .to_str()
            .unwrap()
            .replace('\\', "/");
        Self::parse(path, &text)
    }

    pub(super) fn parse(path: String, text: &str) -> Self {
        let (code, strings) = without_tests(&strip(text));
        Self {
            code,
            strings,
            lines: text.lines().count(),
            tests: path.ends_with("tests.rs") || path.contains("/tests/"),
            path,
        }
    }

    /// The room: the first folder, or the file's name where it lies in `src` itself.
    pub(super) fn room(&self) -> &str {
        self.path.split('/').next().unwrap().trim_end_matches(".rs")
    }

    /// The path of the module.
    fn module(&self) -> Vec<&str> {
        let mut module: Vec<&str> = self.path.trim_end_matches(".rs").split('/').collect();
        if matches!(module.last(), Some(&"mod" | &"lib" | &"main")) {
            module.pop();
        }
        module
    }

    /// The paths into the crate that the code names: `graphql::services` and so on, however it comes to
    /// them, with lists written out.
    pub(super) fn imports(&self) -> Vec<Vec<String>> {
        let tokens = self.tokens();
        let mut imports = Vec::new();
        let mut at = 0;
        while at < tokens.len() {
            let begins = at == 0 || tokens[at - 1] != "::";
            let (base, from) = match tokens[at].as_str() {
                "crate" | "letterlock" if begins => (Vec::new(), at + 1),
                "super" if begins => {
                    let mut base = self.module();
                    let mut next = at;
                    while tokens.get(next).is_some_and(|token| token == "super") {
                        base.pop();
                        next += 2;
                    }
                    (base, next - 1)
                }
                _ => {
                    at += 1;
                    continue;
                }
            };
            let base: Vec<String> = base.into_iter().map(str::to_owned).collect();
            expand(&tokens, from, base, &mut imports);
            at += 1;
        }
        imports
    }

    /// Names, numbers, `::` and single signs.
    pub(super) fn tokens(&self) -> Vec<String> {
        let letters: Vec<char> = self.code.chars().collect();
        let mut tokens = Vec::new();
        let mut at = 0;
        while at < letters.len() {
            let letter = letters[at];
            let wordy = |letter: char| letter.is_alphanumeric() || letter == '_';
            if wordy(letter) {
                let end = (at..letters.len())
                    .find(|&end| !wordy(letters[end]))
                    .unwrap_or(letters.len());
                tokens.push(letters[at..end].iter().collect());
                at = end;
            } else if letter == ':' && letters.get(at + 1) == Some(&':') {
                tokens.push("::".to_owned());
                at += 2;
            } else {
                if !letter.is_whitespace() {
                    tokens.push(letter.to_string());
                }
                at += 1;
            }
        }
        tokens
    }
}

/// Follows `::name` and `::{…, …}` from `at`; gives back where it ended.
fn expand(
    tokens: &[String],
    mut at: usize,
    mut path: Vec<String>,
    found: &mut Vec<Vec<String>>,
) -> usize {
    loop {
        if tokens.get(at).is_none_or(|token| token != "::") {
            found.push(path);
            return at;
        }
        at += 1;
        match tokens.get(at).map(String::as_str) {
            Some("{") => {
                at += 1;
                while tokens.get(at).is_some_and(|token| token != "}") {
                    let mut entry = path.clone();
                    if tokens[at] != "self" {
                        entry.push(tokens[at].clone());
                    }
                    at = expand(tokens, at + 1, entry, found);
                    while tokens
                        .get(at)
                        .is_some_and(|token| token != "," && token != "}")
                    {
                        at += 1;
                    }
                    if tokens.get(at).is_some_and(|token| token == ",") {
                        at += 1;
                    }
                }
                return at + 1;
            }
            Some(name) => {
                path.push(name.to_owned());
                at += 1;
            }
            None => {
                found.push(path);
                return at;
            }
        }
    }
}

/// The code with each string as `"s…"` by its number, and the strings.
fn strip(text: &str) -> (String, Vec<String>) {
    let letters: Vec<char> = text.chars().collect();
    let (mut code, mut strings) = (String::new(), Vec::new());
    let mut at = 0;
    let next = |at: usize, wanted: &str| {
        wanted
            .chars()
            .enumerate()
            .all(|(nth, letter)| letters.get(at + nth) == Some(&letter))
    };
    while at < letters.len() {
        let wordy = code
            .chars()
            .last()
            .is_some_and(|last| last.is_alphanumeric() || last == '_');
        if next(at, "//") {
            while at < letters.len() && letters[at] != '\n' {
                at += 1;
            }
        } else if next(at, "/*") {
            let mut depth = 0;
            loop {
                if next(at, "/*") {
                    depth += 1;
                    at += 2;
                } else if next(at, "*/") {
                    depth -= 1;
                    at += 2;
                } else {
                    at += 1;
                }
                if depth == 0 || at >= letters.len() {
                    break;
                }
            }
        } else if let Some(hashes) = raw_string(&letters, at).filter(|_| !wordy) {
            let begin = at + 2 + hashes;
            let end = format!("\"{}", "#".repeat(hashes));
            let close = (begin..letters.len())
                .find(|&close| next(close, &end))
                .unwrap_or(letters.len());
            code += &format!("\"s{}\"", strings.len());
            strings.push(letters[begin..close].iter().collect());
            at = close + end.len();
        } else if letters[at] == '"' {
            let mut held = String::new();
            at += 1;
            while at < letters.len() && letters[at] != '"' {
                if letters[at] == '\\' {
                    at += 1;
                }
                held.push(letters[at]);
                at += 1;
            }
            at += 1;
            code += &format!("\"s{}\"", strings.len());
            strings.push(held);
        } else if letters[at] == '\'' && next(at + 1, "\\") {
            // An escaped character: up to the quote that ends it.
            let close = (at + 3..letters.len())
                .find(|&close| letters[close] == '\'')
                .unwrap();
            code += "' '";
            at = close + 1;
        } else if letters[at] == '\'' && letters.get(at + 2) == Some(&'\'') {
            code += "' '";
            at += 3;
        } else {
            code.push(letters[at]);
            at += 1;
        }
    }
    (code, strings)
}

/// The hashes of the raw string that begins here.
fn raw_string(letters: &[char], at: usize) -> Option<usize> {
    if letters.get(at) != Some(&'r') {
        return None;
    }
    let hashes = letters[at + 1..]
        .iter()
        .take_while(|letter| **letter == '#')
        .count();
    (letters.get(at + 1 + hashes) == Some(&'"')).then_some(hashes)
}

/// Leaves out each item that `#[cfg(test)]` stands before, and the strings in it.
fn without_tests((code, strings): &(String, Vec<String>)) -> (String, Vec<String>) {
    let mut rest = code.as_str();
    let mut kept = String::new();
    while let Some(at) = rest.find("#[cfg(test)]") {
        kept += &rest[..at];
        rest = &rest[at..];
        let mut depth = 0;
        let end = rest.char_indices().find(|(_, letter)| {
            match letter {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            depth == 0 && matches!(letter, '}' | ';')
        });
        rest = end.map_or("", |(end, _)| &rest[end + 1..]);
    }
    kept += rest;
    let held = kept
        .split('"')
        .skip(1)
        .step_by(2)
        .map(|nth| strings[nth[1..].parse::<usize>().unwrap()].clone());
    let held = held.collect();
    (kept, held)
}
