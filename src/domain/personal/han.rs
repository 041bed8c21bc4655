//! Postal addresses in Chinese and Japanese, which have no blanks.

use std::ops::Range;

/// The most characters of a street's name in Chinese or Japanese, and of what it is in.
const LONGEST_HAN: usize = 16;

/// `南京路123号`, `神南1丁目2`, `〒150-0041`.
pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let digit = |c: char| c.is_ascii_digit() || "一二三四五六七八九十百".contains(c);
    for (at, sign) in text
        .char_indices()
        .filter(|(_, c)| "号號丁番〒".contains(*c))
    {
        let (Some(before), Some(after)) = (text.get(..at), text.get(at + sign.len_utf8()..)) else {
            continue;
        };
        let end = at + sign.len_utf8();
        if sign == '〒' {
            let code = after.trim_start();
            let rest = code.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-');
            let length = code.len() - rest.len();
            if (7..=8).contains(&length) {
                found.push(at..text.len() - rest.len());
            }
            continue;
        }
        if (sign == '丁' && !after.starts_with('目')) || (sign == '番' && !after.starts_with('地'))
        {
            continue;
        }
        let end = if "丁番".contains(sign) {
            end + '目'.len_utf8()
        } else {
            end
        };
        let name = before.trim_end_matches(digit);
        let street = match sign {
            '号' | '號' => ["路", "街", "大道", "巷", "弄", "胡同"]
                .iter()
                .any(|it| name.ends_with(it)),
            _ => true,
        };
        // In 他住在南京路 the name begins after 在.
        let reached = name
            .char_indices()
            .rev()
            .take(LONGEST_HAN)
            .take_while(|(_, c)| {
                matches!(c, '\u{30a0}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}')
                    && !"在是到于从去住".contains(*c)
            });
        let start = reached.map(|(at, _)| at).last();
        if let Some(start) =
            start.filter(|start| name.len() < before.len() && street && before.len() - start > 6)
        {
            found.push(start..end);
        }
    }
    found
}
