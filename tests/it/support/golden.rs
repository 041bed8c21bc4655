//! Golden files: `LETTERLOCK_GOLDEN=write` writes them anew; a change is reviewed as a diff.

use std::path::PathBuf;

/// Compares `text` with the file `name` under the package's folder.
pub(crate) fn check(name: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var("LETTERLOCK_GOLDEN").is_ok_and(|value| value == "write") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        return;
    }
    let held = std::fs::read_to_string(&path).unwrap_or_default();
    if held != text {
        let line = held
            .lines()
            .zip(text.lines())
            .position(|(held, now)| held != now)
            .unwrap_or_else(|| held.lines().count().min(text.lines().count()));
        panic!(
            "{name} is not what it was, from line {}:\n  held: {}\n  now:  {}\n\
             If the change is meant, run with LETTERLOCK_GOLDEN=write and review the diff.",
            line + 1,
            held.lines().nth(line).unwrap_or("(nothing)"),
            text.lines().nth(line).unwrap_or("(nothing)"),
        );
    }
}
