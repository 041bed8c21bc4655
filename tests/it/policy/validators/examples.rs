//! A document for each difference.

/// Short, and each of them a difference as it stands.
pub(super) const EXAMPLES: &[&str] = &[
    // The service is right, and apollo-compiler does not look.
    r#"mutation { block(input: {}) { userErrors { code } } }"#,
    r#"mutation { block(input: {member: null}) { userErrors { code } } }"#,
    r#"mutation($blocked: BlockInput = {}) { block(input: $blocked) { userErrors { code } } }"#,
    r#"mutation($list: ID) { deleteList(input: {list: $list}) { deleted } }"#,
    r#"mutation { screenAge(input: {birthDate: 19900202}) { screeningToken } }"#,
    r#"mutation { screenAge(input: {birthDate: "1990-02-30"}) { screeningToken } }"#,
    r#"mutation($date: Date! = "1990-02-30") { screenAge(input: {birthDate: $date}) { screeningToken } }"#,
    r#"mutation($date: Date! = 19900202) { screenAge(input: {birthDate: $date}) { screeningToken } }"#,
    r#"{ member(id: "x" handle) { displayName } }"#,
    r#"{ nodes(ids: ["x"]) { id } nodes(ids: []) { id } }"#,
    // The service refuses more than the specification.
    "mutation { signOut { signedOut } signOut { userErrors { code } } }",
    "query($wanted: Boolean!) { __typename @include(if: $wanted) }",
    r#"query($ids: [ ID! ]!) { nodes(ids: $ids) { id } }"#,
    r#"{ member(id: "\uD83D\uDE00") { displayName } }"#,
    r#"{ member(id: "\u{1F600}") { displayName } }"#,
    // The service takes what the specification refuses.
    r#"{ node(id: "x") { ... on Member { name: handle } ... on PenpalList { name: memberCount } } }"#,
    r#"query($name: String) { __type(name: $name) { name } }"#,
    r#"mutation { unblock(input: {block: {}, block: "x"}) { unblocked } }"#,
    "queryNamed { __typename }",
];
