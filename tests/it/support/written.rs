//! Recorded statements with their values written out, as a database can be asked about them.

use serde_json::Value;

/// The statement, with its values in place of what stands for them.
pub(crate) fn written_out(sql: &str, binds: &str, sqlite: bool) -> String {
    let literal = |bind: &Value| match bind {
        Value::String(text) => format!("'{}'", text.replace('\'', "''")),
        Value::Array(ids) => {
            let ids: Vec<String> = ids.iter().map(Value::to_string).collect();
            format!("ARRAY[{}]::bigint[]", ids.join(","))
        }
        other => other.to_string(),
    };
    let values = values(binds, sqlite);
    if sqlite {
        let mut values = values.iter();
        let mut parts = sql.split('?');
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |sql, part| {
            sql + &values.next().map(literal).unwrap_or_default() + part
        })
    } else {
        let numbered = values.iter().enumerate().rev();
        numbered.fold(sql.to_owned(), |sql, (nth, bind)| {
            sql.replace(&format!("${}", nth + 1), &literal(bind))
        })
    }
}

/// The values that travelled with a statement. As diesel prints those of SQLite: `[I64(1), String("a")]`.
fn values(binds: &str, sqlite: bool) -> Vec<Value> {
    let unreadable = || -> ! { panic!("values that cannot be read: {binds}") };
    if !sqlite {
        return serde_json::from_str(binds).unwrap_or_else(|_| unreadable());
    }
    let (mut values, mut rest) = (Vec::new(), binds.trim_matches(['[', ']']));
    while let Some((_, inside)) = rest.split_once('(') {
        let text = if inside.starts_with('"') {
            let mut read = serde_json::Deserializer::from_str(inside).into_iter::<Value>();
            let _ = read.next();
            &inside[..read.byte_offset()]
        } else {
            inside.split(')').next().unwrap_or_default()
        };
        values.push(serde_json::from_str(text).unwrap_or_else(|_| unreadable()));
        rest = &inside[text.len()..];
    }
    values
}
