use std::{cell::Cell, fmt::Write as _};

use proptest::prelude::*;

use super::*;

/// The query that GraphiQL sends: graphql-js 16, `getIntrospectionQuery` with every option on.
const INTROSPECTION: &str = include_str!("introspection.graphql");

thread_local! {
    /// The pieces of work that the guard has done on this thread.
    pub(super) static STEPS: Cell<usize> = const { Cell::new(0) };
}

fn verdict(text: &str) -> Result<(), Code> {
    parse(text, &Limits::default())
        .map(|_| ())
        .map_err(|objection| objection.code)
}

fn sentence(text: &str) -> &'static str {
    match parse(text, &Limits::default()) {
        Ok(_) => "",
        Err(objection) => objection.message,
    }
}

fn bomb(levels: usize, width: usize) -> String {
    let mut text = "{ ...F0 }".to_owned();
    for level in 0..levels {
        let spreads = format!("...F{} ", level + 1).repeat(width);
        write!(text, " fragment F{level} on Query {{ {spreads}}}").unwrap();
    }
    write!(text, " fragment F{levels} on Query {{ a }}").unwrap();
    text
}

#[test]
fn graphiql_introspection_passes_and_needs_a_depth_of_15() {
    assert_eq!(verdict(INTROSPECTION), Ok(()));
    let shallow = Limits {
        depth: 14,
        ..Limits::default()
    };
    assert!(parse(INTROSPECTION, &shallow).is_err());
    let enough = Limits {
        depth: 15,
        ..Limits::default()
    };
    assert!(parse(INTROSPECTION, &enough).is_ok());
}

#[test]
fn bombs_are_refused_by_count() {
    for (levels, width) in [(24, 2), (8, 8), (20, 3), (30, 2), (40, 2), (3, 40)] {
        assert_eq!(
            verdict(&bomb(levels, width)),
            Err(Code::LimitExceeded),
            "{levels} levels of {width}"
        );
    }
    assert_eq!(verdict(&bomb(4, 2)), Ok(()));
}

#[test]
fn a_bomb_that_no_operation_lights_is_refused_too() {
    let text = bomb(24, 2).replacen("{ ...F0 }", "{ a }", 1);
    assert_eq!(verdict(&text), Err(Code::LimitExceeded));
}

#[test]
fn cycles_and_unknown_fragments_are_invalid() {
    for text in [
        "{ ...A } fragment A on Query { ...A }",
        "{ ...A } fragment A on Query { a { ...B } } fragment B on Query { ... { ...A } }",
        "{ a } fragment A on Query { ...B } fragment B on Query { ...A }",
        "{ ...Nowhere }",
        "{ a { ... on Query { ...Nowhere } } }",
    ] {
        assert_eq!(verdict(text), Err(Code::GraphqlValidationFailed), "{text}");
    }
}

#[test]
fn each_bound_holds_exactly() {
    let aliases = |count: usize| {
        let fields: String = (0..count).map(|at| format!("a{at}: a ")).collect();
        format!("{{ b {{ {fields} }} }}")
    };
    assert_eq!(verdict(&aliases(30)), Ok(()));
    assert_eq!(verdict(&aliases(31)), Err(Code::LimitExceeded));
    assert_eq!(verdict(&aliases(20_000)), Err(Code::LimitExceeded));

    let spread_aliases = |count: usize| {
        format!(
            "{{ b {{ {} }} }} fragment A on B {{ x: a y: a }}",
            "...A ".repeat(count)
        )
    };
    assert_eq!(verdict(&spread_aliases(15)), Ok(()));
    assert_eq!(verdict(&spread_aliases(16)), Err(Code::LimitExceeded));

    let roots = |count: usize| format!("{{ {} }}", "a ".repeat(count));
    assert_eq!(verdict(&roots(20)), Ok(()));
    assert_eq!(verdict(&roots(21)), Err(Code::LimitExceeded));
    let spread_roots = |count: usize| {
        format!(
            "{{ {} }} fragment A on Query {{ a }}",
            "...A ".repeat(count)
        )
    };
    assert_eq!(verdict(&spread_roots(20)), Ok(()));
    assert_eq!(verdict(&spread_roots(21)), Err(Code::LimitExceeded));

    let deep = |depth: usize| format!("{}a{}", "{ a ".repeat(depth - 1) + "{ ", " }".repeat(depth));
    assert_eq!(verdict(&deep(17)), Ok(()));
    assert_eq!(verdict(&deep(18)), Err(Code::LimitExceeded));

    let directives = |count: usize| format!("{{ a {} }}", "@include(if: true) ".repeat(count));
    assert_eq!(verdict(&directives(10)), Ok(()));
    assert_eq!(verdict(&directives(11)), Err(Code::LimitExceeded));
    let many = |count: usize| format!("{{ b {{ {} }} }}", "a @x @x @x @x @x ".repeat(count));
    assert_eq!(verdict(&many(10)), Ok(()));
    assert_eq!(verdict(&many(11)), Err(Code::LimitExceeded));

    let operations = |count: usize| {
        (0..count)
            .map(|at| format!("query Q{at} {{ a }} "))
            .collect::<String>()
    };
    assert_eq!(verdict(&operations(10)), Ok(()));
    assert_eq!(verdict(&operations(11)), Err(Code::LimitExceeded));

    let fragments = |count: usize| {
        let all: String = (0..count)
            .map(|at| format!("fragment F{at} on Query {{ a }} "))
            .collect();
        format!("{{ a }} {all}")
    };
    assert_eq!(verdict(&fragments(50)), Ok(()));
    assert_eq!(verdict(&fragments(51)), Err(Code::LimitExceeded));

    let variables = |count: usize| {
        let all: String = (0..count).map(|at| format!("$v{at}: Int ")).collect();
        format!("query Q({all}) {{ a }}")
    };
    assert_eq!(verdict(&variables(50)), Ok(()));
    assert_eq!(verdict(&variables(51)), Err(Code::LimitExceeded));

    let nested_value =
        |depth: usize| format!("{{ a(b: {}1{}) }}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(verdict(&nested_value(8)), Ok(()));
    assert_eq!(verdict(&nested_value(9)), Err(Code::LimitExceeded));
    let nested_lists =
        |depth: usize| format!("{{ a(b: {}{}) }}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(verdict(&nested_lists(8)), Ok(()));
    assert_eq!(verdict(&nested_lists(9)), Err(Code::LimitExceeded));
    let wide_value = |count: usize| format!("{{ a(b: [{}]) }}", "1 ".repeat(count));
    assert_eq!(verdict(&wide_value(998)), Ok(()));
    assert_eq!(verdict(&wide_value(999)), Err(Code::LimitExceeded));
    let default_value =
        |count: usize| format!("query Q($v: [Int] = [{}]) {{ a }}", "1 ".repeat(count));
    assert_eq!(verdict(&default_value(998)), Ok(()));
    assert_eq!(verdict(&default_value(999)), Err(Code::LimitExceeded));
}

#[test]
fn a_large_argument_inside_a_fragment_counts_at_every_spread() {
    let text = format!(
        "{{ b {{ {} }} }} fragment A on B {{ a(b: [{}]) }}",
        "...A ".repeat(20),
        "1 ".repeat(100)
    );
    assert_eq!(verdict(&text), Err(Code::LimitExceeded));
}

#[test]
fn nothing_nests_without_end() {
    for (open, close) in [
        ("{a", "}"),
        ("{...", "}"),
        ("[", "]"),
        ("{a(b:", ")}"),
        ("{a(b:{c:", "})}"),
        ("query($a:[", "])"),
    ] {
        let text = format!("{}{}", open.repeat(100_000), close.repeat(100_000));
        assert!(verdict(&text).is_err(), "{open}");
    }
    let inline = format!("{}a{}", "{ ... ".repeat(40) + "{ ", " }".repeat(41));
    assert_eq!(verdict(&inline), Err(Code::LimitExceeded));
}

#[test]
fn long_chains_of_fragments_are_refused_in_whatever_order_they_are_met() {
    for _ in 0..20 {
        // The parser's map iterates in another order each time.
        assert_eq!(verdict(&bomb(31, 1)), Err(Code::LimitExceeded));
        assert_eq!(verdict(&bomb(30, 1)), Ok(()));
    }
}

#[test]
fn one_sign_in_field_a_document() {
    for field in SIGN_IN_FIELDS {
        assert_eq!(verdict(&format!("mutation {{ {field} }}")), Ok(()));
        for text in [
            format!("mutation {{ a: {field} b: {field} }}"),
            format!("mutation {{ {field} {field} }}"),
            format!("mutation {{ {field} ...F }} fragment F on Mutation {{ {field} }}"),
            format!("mutation {{ ...F ...F }} fragment F on Mutation {{ ... {{ {field} }} }}"),
            format!("mutation A {{ {field} }} mutation B {{ {field} }}"),
            format!("mutation {{ {field} signIn @skip(if: true) b: signUp }}"),
        ] {
            assert_eq!(verdict(&text), Err(Code::LimitExceeded), "{text}");
        }
    }
    assert_eq!(
        verdict("mutation { signIn { signIn } }"),
        Ok(()),
        "not a root field"
    );
}

#[test]
fn syntax_errors_keep_the_place_and_nothing_of_the_text() {
    let objection = parse("{ a\n  b(password: hunter2 }", &Limits::default()).unwrap_err();
    assert_eq!(objection.code, Code::GraphqlParseFailed);
    assert!(!objection.message.contains("hunter2"));
    assert_eq!(objection.at.map(|at| at.line), Some(2));
    for text in [
        "",
        "{",
        "}",
        "{ a }}",
        "query",
        "{ a(b: \"\\uD83D\") }",
        "{ a(b: 1e999999) }",
        "\u{0}",
        "{ \"\"\" }",
    ] {
        assert!(
            matches!(
                verdict(text),
                Err(Code::GraphqlParseFailed | Code::GraphqlValidationFailed)
            ),
            "{text:?}"
        );
    }
    assert!(sentence("query A { a } query A { b }").contains("same name"));
    assert!(sentence("{ a } query A { b }").contains("without a name"));
    assert!(sentence("fragment A on Query { a }").contains("no operation"));
}

#[test]
fn strings_and_comments_hide_no_tokens_and_count_once() {
    let long = "{ ".repeat(5_000);
    assert_eq!(verdict(&format!("{{ a(b: \"{long}\") }}")), Ok(()));
    assert_eq!(
        verdict(&format!("{{ a(b: \"\"\"{long}\\\"\"\" {long}\"\"\") }}")),
        Ok(())
    );
    assert_eq!(verdict(&format!("# {long}\n{{ a }}")), Ok(()));
    assert_eq!(
        verdict(&format!("{{ a(b: \"\n{}) }}", "a ".repeat(5_000))),
        Err(Code::LimitExceeded),
        "an open quotation mark ends with its line"
    );
    let deep = format!("{}b{}", "{ a ".repeat(60), " }".repeat(60));
    let nested = Limits {
        depth: 1_000,
        height: 1_000,
        ..Limits::default()
    };
    assert!(parse(&deep, &nested).is_err(), "nested too deeply");
    assert_eq!(
        verdict(&format!("{{ {} }}", "a, ".repeat(4_001))),
        Err(Code::LimitExceeded)
    );
}

/// The parser takes them for an empty string and one that begins, having looked through all that follows: a
/// text of which each part is looked through once for every part before it.
#[test]
fn a_block_string_that_never_ends_is_refused_before_the_parser_looks_for_its_end() {
    let refused = |text: &str| scan::check(text, &Limits::default()).unwrap_err();
    // A string that ends in a backslash, so that the marks behind it end no block.
    let unit = r#""\\""""x" "#;
    for text in [
        r#"{ a(b: [""""]) }"#.to_owned(),
        format!(
            "{{ a(b: [{}]) }} # {}",
            unit.repeat(1_000),
            "a".repeat(50_000)
        ),
    ] {
        assert_eq!(refused(&text).code, Code::GraphqlParseFailed);
    }
    let at = refused("{ a\n  b(é: [\"\"\"\"]) }").at;
    assert_eq!(at.map(|at| (at.line, at.column)), Some((2, 9)));
    assert_eq!(verdict(r#"{ a(b: [""""""]) b(c: ["""" """]) }"#), Ok(()));
}

#[test]
fn operations_are_chosen_by_name() {
    let two = parse("query A { a } mutation B { b }", &Limits::default()).unwrap();
    assert_eq!(chosen_operation(&two, Some("A")), Ok(OperationType::Query));
    assert_eq!(
        chosen_operation(&two, Some("B")),
        Ok(OperationType::Mutation)
    );
    assert_eq!(
        chosen_operation(&two, Some("C")).unwrap_err().code,
        Code::BadUserInput
    );
    assert_eq!(
        chosen_operation(&two, None).unwrap_err().code,
        Code::BadUserInput
    );
    let one = parse("mutation B { b }", &Limits::default()).unwrap();
    assert_eq!(chosen_operation(&one, None), Ok(OperationType::Mutation));
    let anonymous = parse("{ a }", &Limits::default()).unwrap();
    assert_eq!(chosen_operation(&anonymous, None), Ok(OperationType::Query));
    assert!(chosen_operation(&anonymous, Some("A")).is_err());
}

#[test]
fn variables_are_bounded() {
    let check = |value: serde_json::Value| {
        check_variables(value.as_object().unwrap(), &Limits::default()).is_ok()
    };
    assert!(check(serde_json::json!({ "a": vec![1; 999] })));
    assert!(!check(serde_json::json!({ "a": vec![1; 1_000] })));
    let nested =
        |depth| (0..depth).fold(serde_json::json!(1), |inner, _| serde_json::json!([inner]));
    assert!(check(serde_json::json!({ "a": nested(8) })));
    assert!(!check(serde_json::json!({ "a": nested(9) })));
    let empty =
        |depth| (1..depth).fold(serde_json::json!([]), |inner, _| serde_json::json!([inner]));
    assert!(check(serde_json::json!({ "a": empty(8) })));
    assert!(!check(serde_json::json!({ "a": empty(9) })));
}

/// A document that grows as `shape` says: for each fragment, how often it spreads the next and how
/// many fields it holds besides.
fn layered(shape: &[(usize, usize)]) -> String {
    let mut text = "{ ...F0 }".to_owned();
    for (level, (spreads, fields)) in shape.iter().enumerate() {
        let spreads = format!("...F{} ", level + 1).repeat(*spreads);
        write!(
            text,
            " fragment F{level} on Query {{ a {spreads}{} }}",
            "a ".repeat(*fields)
        )
        .unwrap();
    }
    write!(text, " fragment F{} on Query {{ a }}", shape.len()).unwrap();
    text
}

/// The nodes of the largest part of [`layered`] when written out (a fragment that nothing spreads is a
/// part), and its root fields; from the shape alone, in wide arithmetic.
fn written_out(shape: &[(usize, usize)]) -> (f64, f64) {
    let start = (1.0, 1.0, 1.0);
    let (largest, nodes, roots) = shape.iter().rev().fold(
        start,
        |(largest, nodes, roots): (f64, f64, f64), (spreads, fields)| {
            let (spreads, own) = (*spreads as f64, *fields as f64 + 1.0);
            let nodes = own + spreads * (1.0 + nodes);
            (largest.max(nodes), nodes, own + spreads * roots)
        },
    );
    (largest.max(nodes + 1.0), roots)
}

proptest! {
    #[test]
    fn the_count_is_that_of_the_document_written_out(
        shape in prop::collection::vec((0_usize..4, 0_usize..6), 0..25),
    ) {
        let limits = Limits { root_fields: u32::MAX, ..Limits::default() };
        let (nodes, roots) = written_out(&shape);
        let text = layered(&shape);
        prop_assert_eq!(parse(&text, &limits).is_ok(), nodes <= 1_000.0 );
        prop_assert_eq!(verdict(&text).is_ok(), nodes <= 1_000.0 && roots <= 20.0);
    }

    /// The scan looks at a byte twice at most, at what it is and where it ends; and no document has more to
    /// weigh than it has bytes.
    #[test]
    fn the_guards_work_is_linear_in_the_text(text in any_soup()) {
        let unbounded = Limits {
            tokens: u32::MAX,
            nodes: u32::MAX,
            aliases: u32::MAX,
            directives: u32::MAX,
            root_fields: u32::MAX,
            sign_in_fields: u32::MAX,
            ..Limits::default()
        };
        for limits in [Limits::default(), unbounded] {
            STEPS.set(0);
            let _ = parse(&text, &limits);
            prop_assert!(STEPS.get() <= 3 * text.len() + 4, "{} for {}", STEPS.get(), text.len());
        }
    }

    /// What the parser takes for names and values the guard has counted as tokens: nothing hides from it in
    /// a string or a comment.
    #[test]
    fn no_token_is_hidden_from_the_guard(text in any_soup()) {
        if let Ok(document) = parse_query(&text) {
            let limits = Limits { tokens: tokens_at_least(&document).saturating_sub(1), ..Limits::default() };
            prop_assert!(scan::check(&text, &limits).is_err(), "{}", text);
        }
    }

    #[test]
    fn variables_are_counted_one_by_one(variables in prop::collection::vec(any_json(), 0..5)) {
        fn weigh(value: &Json) -> (u32, u32) {
            let inner: Vec<&Json> = match value {
                Json::Array(items) => items.iter().collect(),
                Json::Object(members) => members.values().collect(),
                _ => return (1, 0),
            };
            inner.into_iter().map(weigh).fold((1, 1), |(values, depth), (more, below)| {
                (values + more, depth.max(below + 1))
            })
        }
        let weights: Vec<(u32, u32)> = variables.iter().map(weigh).collect();
        let values = weights.iter().map(|(values, _)| values).sum();
        let value_depth = weights.iter().map(|(_, depth)| *depth).max().unwrap_or_default();
        let variables = (0..).map(|at| format!("v{at}")).zip(variables).collect();
        let holds = |values, value_depth| {
            check_variables(&variables, &Limits { values, value_depth, ..Limits::default() }).is_ok()
        };
        prop_assert!(holds(values, value_depth));
        prop_assert!(values == 0 || !holds(values - 1, value_depth));
        prop_assert!(value_depth == 0 || !holds(values, value_depth - 1));
    }
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop::sample::select(vec![
        Json::Null,
        Json::Bool(true),
        Json::from(1),
        Json::from("[[{"),
    ]);
    leaf.prop_recursive(6, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::Array),
            prop::collection::vec(("[a-c]", inner), 0..4).prop_map(Json::from_iter),
        ]
    })
}

/// The least number of tokens of which a parser can have made `document`: a name each field, and each thing
/// in a set, and the brackets of the set.
fn tokens_at_least(document: &ExecutableDocument) -> u32 {
    fn of(set: &async_graphql::parser::types::SelectionSet) -> u32 {
        use async_graphql::parser::types::Selection;
        let items = set.items.iter().map(|item| match &item.node {
            Selection::Field(field) => {
                let field = &field.node;
                let arguments = 3 * u32::try_from(field.arguments.len()).unwrap();
                let within = match field.selection_set.node.items.len() {
                    0 => 0,
                    _ => of(&field.selection_set.node),
                };
                1 + 2 * u32::from(field.alias.is_some()) + arguments + within
            }
            Selection::FragmentSpread(_) => 2,
            Selection::InlineFragment(inline) => 1 + of(&inline.node.selection_set.node),
        });
        2 + items.sum::<u32>()
    }
    let operations = document
        .operations
        .iter()
        .map(|(_, it)| of(&it.node.selection_set.node));
    let fragments = document
        .fragments
        .values()
        .map(|it| 4 + of(&it.node.selection_set.node));
    operations.chain(fragments).sum()
}

/// Bytes, characters and tokens in disorder; one mess over and over; and documents of which a part was taken
/// out, put elsewhere, or said twice.
fn any_soup() -> impl Strategy<Value = String> {
    let piece = || {
        prop::sample::select(vec![
            "{", "}", "(", ")", "[", "]", "a", "...", "on", "fragment", "query", "mutation", ":",
            "$a", "@b", "\"", "\"\"\"", "\\\"\"\"", "\\u", "\\", "1", "-", "1.5e9", "!", "=", "\n",
            "\r", "#", "é", "&", " ", "{a", "}", "{ a }",
        ])
    };
    let whole = prop::sample::select(vec![
        INTROSPECTION.to_owned(),
        bomb(8, 4),
        "{ a(b: \"\"\" x \\\"\"\" \"\"\", c: [\"\\\"\", {d: 1}]) @e(f: $g) { ...F } } fragment F on A { b }".to_owned(),
    ]);
    let cut = (
        whole.clone(),
        any::<[prop::sample::Index; 3]>(),
        prop::collection::vec(piece(), 0..3),
    )
        .prop_map(|(text, at, put)| {
            let mut at = at.map(|at| at.index(text.len() + 1));
            at.sort_unstable();
            let parts = (text.get(..at[0]), text.get(at[1]..at[2]), text.get(at[0]..));
            let (Some(before), Some(part), Some(after)) = parts else {
                return text;
            };
            [before, part, &put.concat(), after].concat()
        });
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..300)
            .prop_map(|it| String::from_utf8_lossy(&it).into_owned()),
        prop::collection::vec(any::<char>(), 0..200).prop_map(String::from_iter),
        prop::collection::vec(piece(), 0..60).prop_map(|pieces| pieces.join(" ")),
        prop::collection::vec(piece(), 0..100).prop_map(|pieces| pieces.concat()),
        (prop::collection::vec(piece(), 1..5), 1..150usize)
            .prop_map(|(pieces, times)| pieces.concat().repeat(times)),
        prop::collection::vec(
            prop::sample::select(vec!["a", "\"", "\"\"\"", "\\\"\"\"", "\\", "#", "\n"]),
            0..12
        )
        .prop_map(|it| format!("{{ a(b: [{}]) c }}", it.concat())),
        whole,
        cut,
    ]
}
