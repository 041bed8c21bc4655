//! A search as it would be if all were shown to all: the statement as it is sent, with each condition on standings, ages,
//! audiences and findability made true. What the index leaves out by itself stays left out.

/// How each rule begins, and how it ends where it does not stand in brackets. What comes first is looked for first.
const RULES: [(&str, Option<&str>); 7] = [
    ("((substr(f.audiences, ", None),
    ("(substr(", None),
    ("(f.my_standing <> 1 AND ", None),
    ("(f.standing = 0 AND f.eighteen AND ", None),
    ("v.standing = 0 AND ", Some(" NOT IN (SELECT id FROM near)")),
    ("e.turns_18_on <= ", Some(" LIKE '%4%'")),
    ("e.found_level >= ", Some("")),
];

/// The statement with each rule made true. It is an error where none was there.
pub(crate) fn opened(sql: &str) -> Result<String, String> {
    let mut open = sql.to_owned();
    for (begin, end) in RULES {
        while let Some(at) = open.find(begin) {
            let rule = open.get(at..).unwrap_or_default();
            let length = match end {
                None => bracket(rule),
                Some(end) => rule.get(begin.len()..).and_then(|rest| {
                    let to = begin.len() + rest.find(end)? + end.len();
                    // A value may follow.
                    let value = rule
                        .get(to..)?
                        .chars()
                        .take_while(char::is_ascii_digit)
                        .count();
                    Some(to + value)
                }),
            };
            let length = length.ok_or(format!("a rule does not end: {rule}"))?;
            open.replace_range(at..at + length, "TRUE");
        }
    }
    if open == sql {
        return Err(format!("no rule is in: {sql}"));
    }
    Ok(open)
}

/// How long what stands in brackets is, of a text that begins with one.
fn bracket(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut ends = text.bytes().enumerate().filter_map(|(nth, byte)| {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        (depth == 0).then_some(nth + 1)
    });
    ends.next()
}
