use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

/// The query that GraphiQL sends: graphql-js 16, `getIntrospectionQuery` with every option on.
const INTROSPECTION: &str = include_str!("introspection.graphql");

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
    // Without an end, the first two of three quotation marks are a string to the parser, and the document
    // goes on behind them.
    assert_eq!(
        verdict(&format!("{{ a(b: [\"\"\"\"]) {} }}", "a ".repeat(5_000))),
        Err(Code::LimitExceeded),
        "a block string that never ends hides nothing"
    );
    let deep = format!("{}b{}", "{ a ".repeat(60), " }".repeat(60));
    let nested = Limits {
        depth: 1_000,
        height: 1_000,
        ..Limits::default()
    };
    for hidden in ["", "(b: [\"\"\"\"])"] {
        let text = format!("{{ a{hidden} {deep} }}");
        assert!(parse(&text, &nested).is_err(), "nested too deeply");
    }
    assert_eq!(
        verdict(&format!("{{ {} }}", "a, ".repeat(4_001))),
        Err(Code::LimitExceeded)
    );
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

    #[test]
    fn no_text_makes_the_guard_panic(text in "\\PC{0,200}") {
        let _ = parse(&text, &Limits::default());
    }

    #[test]
    fn no_mixture_of_tokens_makes_the_guard_panic(
        tokens in prop::collection::vec(
            prop::sample::select(vec![
                "{", "}", "(", ")", "[", "]", "a", "...", "on", "fragment", "query", "mutation", ":",
                "$a", "@b", "\"", "\"\"\"", "\\u", "\\", "1", "-", "1.5e9", "!", "=", "\n", "#", "é", "&",
            ]),
            0..60,
        ),
    ) {
        let _ = parse(&tokens.join(" "), &Limits::default());
        let _ = parse(&tokens.concat(), &Limits::default());
    }
}
