//! What is asked, of whom, and how long the answers took.

use std::time::Instant;

use rand::{RngExt, seq::SliceRandom};
use rand_chacha::ChaCha20Rng;
use serde_json::{Value, json};

use crate::{
    told::median,
    world::{Kind, Target, World},
};

/// How often an attacker repeats what they ask.
pub(crate) const REPEATED: usize = 9;

/// Those of whom the same is asked.
pub(crate) struct Class {
    pub(crate) name: &'static str,
    /// A document for each.
    bodies: Vec<String>,
    /// Whether the answer is meant to be another: whoever is shown, to see what a difference looks like.
    pub(crate) shown: bool,
}

/// Something that is asked of several classes, which all get the same answer.
pub(crate) struct Question {
    pub(crate) name: &'static str,
    pub(crate) classes: Vec<Class>,
    /// What stands in the answer.
    says: &'static str,
    /// Whether somebody who is signed in asks.
    signed_in: bool,
}

const BY_ID: &str = "query($id: ID!) { member(id: $id) { displayName
    profile { fullName age country { code } city aboutMe languages { fluency } } } }";
const BY_HANDLE: &str = "query($handle: String!) { memberByHandle(handle: $handle) { displayName
    profile { fullName age country { code } city } } }";
const BY_EMAIL: &str =
    "query($email: String!) { memberByEmail(email: $email) { displayName profile { city } } }";
const SEARCH: &str = "query($city: String!) { searchMembers(filter: {city: $city}, first: 20) {
    edges { node { displayName profile { city } } } pageInfo { hasNextPage endCursor }
    totalCount { value more } } }";
const ASK: &str = "mutation($id: ID!) { askPenpal(input: {member: $id}) {
    member { id } userErrors { code message field } } }";
const SIGN_IN: &str = "mutation($email: String!, $password: String!) {
    signIn(input: {email: $email, password: $password}) { me { member { id } } userErrors { code message } } }";

/// Everything that is asked.
pub(crate) fn questions(world: &World) -> Vec<Question> {
    let ask = |document: &'static str, variables: fn(&Target) -> Value| {
        move |name, kind, shown| Class {
            name,
            bodies: world
                .of(kind)
                .map(|one| json!({ "query": document, "variables": variables(one) }).to_string())
                .collect(),
            shown,
        }
    };
    let by_id = ask(BY_ID, |one| json!({ "id": one.id.global() }));
    let by_handle = ask(BY_HANDLE, |one| json!({ "handle": one.handle.as_str() }));
    let by_email = ask(BY_EMAIL, |one| json!({ "email": one.email.reveal() }));
    let search = ask(SEARCH, |one| json!({ "city": one.city }));
    let act = ask(ASK, |one| json!({ "id": one.id.global() }));
    let sign_in = ask(
        SIGN_IN,
        |one| json!({ "email": one.email.reveal(), "password": "not-the-password-at-all" }),
    );
    let question = |name, says, classes| Question {
        name,
        classes,
        says,
        signed_in: true,
    };
    vec![
        question(
            "member",
            "\"member\":null",
            vec![
                by_id("nobody", Kind::Nobody, false),
                by_id("has blocked me", Kind::Blocker, false),
                by_id("I have blocked", Kind::Blocked, false),
                by_id("a teen", Kind::Teen, false),
                by_id("shown", Kind::Seen, true),
            ],
        ),
        question(
            "memberByHandle",
            "\"memberByHandle\":null",
            vec![
                by_handle("nobody", Kind::Nobody, false),
                by_handle("has blocked me", Kind::Blocker, false),
                by_handle("a teen", Kind::Teen, false),
                by_handle("not to be found", Kind::Unfound, false),
                by_handle("shown", Kind::Seen, true),
            ],
        ),
        question(
            "memberByEmail",
            "\"memberByEmail\":null",
            vec![
                by_email("nobody", Kind::Nobody, false),
                by_email("has blocked me", Kind::Blocker, false),
                by_email("not to be found", Kind::Unfound, false),
                by_email("shown", Kind::Seen, true),
            ],
        ),
        question(
            "searchMembers",
            "\"edges\":[]",
            vec![
                search("nobody", Kind::Nobody, false),
                search("has blocked me", Kind::Blocker, false),
                search("a teen", Kind::Teen, false),
                search("hides the field", Kind::Hider, false),
                search("not to be found", Kind::Unfound, false),
                search("shown", Kind::Seen, true),
            ],
        ),
        question(
            "askPenpal",
            "\"NOT_FOUND\"",
            vec![
                act("nobody", Kind::Nobody, false),
                act("has blocked me", Kind::Blocker, false),
                act("I have blocked", Kind::Blocked, false),
                act("a teen", Kind::Teen, false),
            ],
        ),
        Question {
            signed_in: false,
            ..question(
                "signIn",
                "\"SIGN_IN_FAILED\"",
                vec![
                    sign_in("nobody", Kind::Nobody, false),
                    sign_in("a wrong password", Kind::Seen, false),
                    sign_in("no usable password", Kind::Unfound, false),
                ],
            )
        },
    ]
}

/// How long answers took, in microseconds.
#[derive(Default)]
pub(crate) struct Times {
    pub(crate) each: Vec<f64>,
    /// Of each so many repeated asks, the median.
    pub(crate) medians: Vec<f64>,
}

impl Question {
    /// Asks each class so many times what an attacker repeats, of somebody drawn by chance; which class
    /// comes next is drawn by chance as well. One time for each class.
    ///
    /// # Errors
    ///
    /// Where an answer is another than it should be.
    pub(crate) async fn ask(
        &self,
        world: &World,
        rounds: usize,
        rng: &mut ChaCha20Rng,
    ) -> Result<Vec<Times>, String> {
        let mut expected = None;
        for class in &self.classes {
            for body in &class.bodies {
                for _ in 0..3 {
                    let (answer, _) = self.once(world, body).await?;
                    self.judge(class, &answer, &mut expected)?;
                }
            }
        }
        let mut times: Vec<Times> = self.classes.iter().map(|_| Times::default()).collect();
        let mut order: Vec<usize> = (0..self.classes.len()).collect();
        for _ in 0..rounds {
            let whom: Vec<usize> = self
                .classes
                .iter()
                .map(|class| rng.random_range(0..class.bodies.len()))
                .collect();
            for _ in 0..REPEATED {
                order.shuffle(rng);
                for nth in &order {
                    let class = &self.classes[*nth];
                    let (answer, took) = self.once(world, &class.bodies[whom[*nth]]).await?;
                    self.judge(class, &answer, &mut expected)?;
                    times[*nth].each.push(took);
                }
            }
        }
        for times in &mut times {
            times.medians = times.each.chunks(REPEATED).map(median).collect();
        }
        Ok(times)
    }

    /// Asks once; gives back all of the answer but its date, and how long it took.
    async fn once(&self, world: &World, body: &str) -> Result<(String, f64), String> {
        let mut request = world
            .http
            .post(world.address())
            .header("content-type", "application/json")
            .body(body.to_owned());
        if self.signed_in {
            request = request.header("authorization", format!("Bearer {}", world.token));
        }
        let since = Instant::now();
        let response = request.send().await.map_err(|error| error.to_string())?;
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.map_err(|error| error.to_string())?;
        let took = since.elapsed().as_secs_f64() * 1e6;
        let mut answer = format!("{status}\n");
        for (name, value) in headers.iter().filter(|(name, _)| *name != "date") {
            answer += &format!("{name}: {value:?}\n");
        }
        Ok((answer + &text, took))
    }

    /// Holds an answer against the first.
    fn judge(
        &self,
        class: &Class,
        answer: &str,
        expected: &mut Option<String>,
    ) -> Result<(), String> {
        let wrong = |what: &str| format!("{}, {}: {what}: {answer:.500}", self.name, class.name);
        if class.shown {
            return if answer.starts_with("200 ")
                && !answer.contains(self.says)
                && !answer.contains("\"errors\"")
            {
                Ok(())
            } else {
                Err(wrong("should be shown"))
            };
        }
        if !answer.starts_with("200 ") || !answer.contains(self.says) {
            return Err(wrong("not the answer that was meant"));
        }
        match expected {
            None => *expected = Some(answer.to_owned()),
            Some(expected) if expected == answer => {}
            Some(expected) => {
                return Err(wrong(&format!("differs from {expected:.500}")));
            }
        }
        Ok(())
    }
}
