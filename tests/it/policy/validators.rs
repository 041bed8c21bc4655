//! A second validator beside the service's: apollo-compiler is asked about every document that is asked of
//! ours, over documents that are nearly right. Where the two differ is held in a golden list, by an example
//! each, and told in docs/decisions.md with what is done about it.

mod changes;
mod examples;
mod writer;

use std::collections::BTreeSet;

use apollo_compiler::{
    ExecutableDocument, Schema,
    ast::{InputValueDefinition, Type},
    schema::{Component, ExtendedType},
    validation::Valid,
};
use async_graphql::{
    Request, Response, Value, Variables,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute},
    parser::{parse_schema, types::ExecutableDocument as ExecutableQuery},
};
use letterlock::{
    graphql::{MemberApi, error::Code, examine, member, types::Types},
    http::document::{Limits, parse},
};
use libtest_mimic::Trial;
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use self::{
    changes::{change, changed, joined, tokens, vocabulary},
    examples::EXAMPLES,
    writer::Writer,
};
use super::documents::documents;
use crate::support::{golden, plain};

pub(super) fn trials() -> Vec<Trial> {
    plain!(
        every_document_of_the_tests_is_valid_for_both,
        where_the_validators_differ_is_known,
        chance_finds_no_other_difference,
    )
}

/// How many documents are made.
const CASES: usize = 6_000;

/// Ends where the validation does: nothing is run.
struct Stop;

#[async_graphql::async_trait::async_trait]
impl Extension for Stop {
    async fn execute(
        &self,
        _: &ExtensionContext<'_>,
        _: Option<&str>,
        _: NextExecute<'_>,
    ) -> Response {
        Response::new(Value::from("valid"))
    }
}

impl ExtensionFactory for Stop {
    fn create(&self) -> std::sync::Arc<dyn Extension> {
        std::sync::Arc::new(Stop)
    }
}

/// What a validator says: nothing against it, or what.
type Verdict = Result<(), BTreeSet<String>>;

/// Both validators, on the schema that is served.
struct Validators {
    ours: async_graphql::Schema<member::Query, member::Mutation, member::Events>,
    types: Types,
    theirs: Valid<Schema>,
    runtime: tokio::runtime::Runtime,
}

impl Validators {
    fn new() -> Self {
        let sdl = MemberApi::sdl();
        Self {
            ours: member::builder().extension(Stop).finish(),
            types: Types::of(&parse_schema(&sdl).unwrap()),
            theirs: Schema::parse_and_validate(sdl, "schema.graphql").unwrap(),
            runtime: tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap(),
        }
    }

    /// The guard's and the library's verdict; nothing where a limit is what speaks.
    fn ours(&self, text: &str) -> Option<Verdict> {
        let document = match parse(text, &Limits::default()) {
            Ok(document) => document,
            Err(objection) if objection.code == Code::LimitExceeded => return None,
            Err(objection) => return Some(Err([objection.message.to_owned()].into())),
        };
        if let Err(misfit) = examine(&self.types, &document) {
            return Some(Err([misfit.message.to_owned()].into()));
        }
        // Any operation will do: all are validated.
        let name = document
            .operations
            .iter()
            .find_map(|(name, _)| name.map(ToString::to_string));
        let mut request = Request::new("").variables(variables(&self.theirs, &document));
        request.operation_name = name;
        request.set_parsed_query(document);
        let response = self.runtime.block_on(self.ours.execute(request));
        let errors: BTreeSet<String> = response
            .errors
            .iter()
            .map(|error| kind(&error.message))
            .collect();
        if errors.iter().any(|error| error.starts_with("Query is ")) {
            return None;
        }
        Some(if errors.is_empty() {
            Ok(())
        } else {
            Err(errors)
        })
    }

    fn theirs(&self, text: &str) -> Verdict {
        let read = ExecutableDocument::parse_and_validate(&self.theirs, text, "document.graphql");
        read.map(|_| ()).map_err(|with| {
            let name = |it: Option<&str>| it.unwrap_or("SyntaxError").to_owned();
            let errors = with.errors.iter();
            errors
                .map(|it| name(it.error.unstable_error_name()))
                .collect()
        })
    }

    /// In what the verdicts differ: the reasons of the one that alone refuses.
    fn difference(&self, text: &str) -> Difference {
        match (self.ours(text), self.theirs(text)) {
            (None, _) => Difference::Unasked,
            (Some(Ok(())), Ok(())) => Difference::BothTake,
            (Some(Err(_)), Err(_)) => Difference::BothRefuse,
            (Some(Ok(())), Err(reasons)) => {
                Difference::One(lines("apollo-compiler alone refuses", reasons))
            }
            (Some(Err(reasons)), Ok(())) => {
                Difference::One(lines("the service alone refuses", reasons))
            }
        }
    }
}

#[derive(Debug, PartialEq)]
enum Difference {
    /// A limit of ours spoke, of which the other knows nothing.
    Unasked,
    BothTake,
    BothRefuse,
    One(BTreeSet<String>),
}

fn lines(who: &str, reasons: BTreeSet<String>) -> BTreeSet<String> {
    let line = |reason| format!("{who}: {reason}");
    reasons.into_iter().map(line).collect()
}

/// A value for each variable that is declared: the library looks at them while it validates.
fn variables(schema: &Schema, document: &ExecutableQuery) -> Variables {
    let mut variables = Variables::default();
    for (_, operation) in document.operations.iter() {
        for definition in &operation.node.variable_definitions {
            let definition = &definition.node;
            let of = Type::parse(definition.var_type.node.to_string(), "type.graphql");
            if let Ok(of) = of {
                variables.insert(definition.name.node.clone(), fitting(schema, &of, 0));
            }
        }
    }
    variables
}

/// A value that fits a type.
fn fitting(schema: &Schema, of: &Type, depth: usize) -> Value {
    if depth > 5 {
        return Value::Null;
    }
    if of.is_list() {
        return Value::List(vec![fitting(schema, of.item_type(), depth + 1)]);
    }
    let name = of.inner_named_type().as_str();
    match schema.types.get(name) {
        Some(ExtendedType::Enum(values)) => {
            let first = values.values.keys().next().unwrap();
            Value::Enum(async_graphql::Name::new(first.as_str()))
        }
        Some(ExtendedType::InputObject(object)) => {
            let one = object.directives.has("oneOf");
            let fields = object.fields.values();
            let needed = fields
                .enumerate()
                .filter(|(at, it)| it.is_required() || one && *at == 0);
            let field = |(_, it): (usize, &Component<InputValueDefinition>)| {
                let name = async_graphql::Name::new(it.name.as_str());
                (name, fitting(schema, &it.ty, depth + 1))
            };
            Value::Object(needed.map(field).collect())
        }
        _ => match name {
            "Int" => Value::from(1),
            "Boolean" => Value::from(true),
            "Date" => Value::from("1990-01-01"),
            _ => Value::from("x"),
        },
    }
}

/// A message without what it quotes.
fn kind(message: &str) -> String {
    let mut kind = String::new();
    for (at, part) in message.split(['"', '`']).enumerate() {
        kind.push_str(if at % 2 == 0 { part } else { "…" });
    }
    // An operation need not have a name.
    kind.replace(" by operation …", "")
}

fn every_document_of_the_tests_is_valid_for_both() {
    let validators = Validators::new();
    for document in documents() {
        assert_eq!(
            validators.ours(&document.text),
            Some(Ok(())),
            "{}",
            document.name
        );
        assert_eq!(
            validators.theirs(&document.text),
            Ok(()),
            "{}",
            document.name
        );
    }
}

/// The kinds of difference that the examples show.
fn known(validators: &Validators) -> (BTreeSet<String>, String) {
    let (mut kinds, mut list) = (BTreeSet::new(), HEAD.to_owned());
    for example in EXAMPLES {
        let Difference::One(reasons) = validators.difference(example) else {
            panic!("they do not differ about it any more: {example}");
        };
        for reason in &reasons {
            list.push_str(&format!("\n{reason}"));
        }
        list.push_str(&format!("\n    {example}\n"));
        kinds.extend(reasons);
    }
    (kinds, list)
}

const HEAD: &str =
    "Where the two validators differ. docs/decisions.md says what is done about each.\n";

fn where_the_validators_differ_is_known() {
    let (_, list) = known(&Validators::new());
    golden::check("tests/it/golden/validators.txt", &list);
}

fn chance_finds_no_other_difference() {
    let validators = Validators::new();
    let (known, _) = known(&validators);
    let documents: Vec<Vec<String>> = documents().iter().map(|it| tokens(&it.text)).collect();
    let words = vocabulary(&documents);
    let strategy = prop::collection::vec(change(), 0..3);
    // The same documents every time: what has passed once is no matter of luck the next time.
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut writer = Writer::new(&validators.theirs, 1);
    let (mut taken, mut refused) = (0, 0);
    for case in 0..CASES {
        // The documents of the tests are long, and asked about more rarely for it.
        let (tokens, changes) = match documents.get(case % (20 * documents.len())) {
            Some(tokens) => (tokens.clone(), true),
            None => (tokens(&writer.document()), case % 3 == 0),
        };
        let text = match changes {
            true => {
                let changes = strategy.new_tree(&mut runner).unwrap().current();
                changed(tokens, &changes, &words)
            }
            false => joined(&tokens),
        };
        match validators.difference(&text) {
            Difference::Unasked => {}
            Difference::BothTake => taken += 1,
            Difference::BothRefuse => refused += 1,
            Difference::One(reasons) => {
                if let Some(new) = reasons.difference(&known).next() {
                    panic!("{new}\n    {}", shrunk(&validators, &text, new));
                }
                // That the other takes an empty list for any is no excuse for refusing what is one and the same.
                let differ = reasons
                    .iter()
                    .find(|it| it.contains("Two fields of one name"));
                // Nor that both drop what is named twice, for taking a value of another type.
                let typed = reasons
                    .iter()
                    .find(|it| it.contains("UnsupportedValueType"))
                    .filter(|_| !names_twice(&text));
                if let Some(reason) = typed {
                    panic!("{reason}\n    {}", shrunk(&validators, &text, reason));
                }
                if let Some(reason) = differ.filter(|_| !text.contains("[ ]")) {
                    panic!("{reason}\n    {}", shrunk(&validators, &text, reason));
                }
            }
        }
    }
    assert!(
        taken > CASES / 4 && refused > CASES / 4,
        "{taken} {refused}"
    );
}

/// Whether something between two braces is named twice.
fn names_twice(text: &str) -> bool {
    let mut open: Vec<BTreeSet<String>> = Vec::new();
    tokens(text).windows(2).any(|pair| {
        match pair[0].as_str() {
            "{" => open.push(BTreeSet::new()),
            "}" => drop(open.pop()),
            name if pair[1] == ":" => {
                return open
                    .last_mut()
                    .is_some_and(|named| !named.insert(name.to_owned()));
            }
            _ => {}
        }
        false
    })
}

/// The document with as few tokens as still show the difference.
fn shrunk(validators: &Validators, text: &str, reason: &str) -> String {
    let mut tokens = tokens(text);
    for length in [32, 16, 8, 4, 2, 1] {
        let mut at = 0;
        while at + length <= tokens.len() {
            let mut fewer = tokens.clone();
            fewer.drain(at..at + length);
            match validators.difference(&joined(&fewer)) {
                Difference::One(reasons) if reasons.contains(reason) => tokens = fewer,
                _ => at += 1,
            }
        }
    }
    joined(&tokens)
}
