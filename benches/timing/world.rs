//! The demo's world and, in it, those who are asked about: alike but for why they are not shown.

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use letterlock::{
    app::{demo_password_hash, settle_demo},
    demo,
    domain::{
        age::{AgeClass, BirthDate},
        audience::Audience,
        clock::Clock,
        contact::ContactRules,
        email::Email,
        findable::{Findable, Way},
        handle::{Handle, Stem},
        id::{BlockId, MemberId},
        place::Country,
        profile::{Audiences, Field},
    },
    store::{
        profiles::ProfileChanges,
        world::{Inhabitant, Tie},
    },
    viewer::passwords::Params,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use serde_json::{Value, json};

use crate::{database::Database, plan::Plan, running::Running, wide::wide};

/// What somebody is to the viewer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nobody: an id, a handle, an address and a city that are made in the same way, of no member.
    Nobody,
    /// Shown, and found in every way.
    Seen,
    /// As before, but has blocked the viewer.
    Blocker,
    /// As before, but was blocked by the viewer.
    Blocked,
    /// A teen, where the viewer is an adult.
    Teen,
    /// Found in every way, but shows the city to nobody.
    Hider,
    /// Shows everything, and is found in no way.
    Unfound,
}

const KINDS: [Kind; 7] = [
    Kind::Nobody,
    Kind::Seen,
    Kind::Blocker,
    Kind::Blocked,
    Kind::Teen,
    Kind::Hider,
    Kind::Unfound,
];

/// By what somebody is asked for; as long for everybody.
pub(crate) struct Target {
    kind: Kind,
    pub(crate) id: MemberId,
    pub(crate) handle: Handle,
    pub(crate) email: Email,
    pub(crate) city: String,
}

/// The service, somebody signed in, and those who are asked about.
pub(crate) struct World {
    running: Running,
    pub(crate) http: reqwest::Client,
    pub(crate) token: String,
    targets: Vec<Target>,
}

fn said(error: impl std::fmt::Display) -> String {
    error.to_string()
}

impl World {
    /// Fills the database, serves it, and signs in.
    pub(crate) async fn open(database: &Database, plan: &Plan) -> Result<Self, String> {
        let params = if plan.full {
            Params::OWASP
        } else {
            Params {
                memory_kib: 8,
                iterations: 1,
                lanes: 1,
            }
        };
        let limits = wide(&Clock::system());
        let running = Running::start(&database.address, None, params, limits).await?;
        let services = &running.services;
        services.store.migrate().await.map_err(said)?;
        settle_demo(services, plan.members).await.map_err(said)?;
        let http = reqwest::Client::builder()
            .pool_max_idle_per_host(1)
            .build()
            .map_err(said)?;
        let mut world = Self {
            http,
            token: String::new(),
            targets: Vec::new(),
            running,
        };
        world.settle(plan.targets).await?;
        Ok(world)
    }

    /// Those of a kind.
    pub(crate) fn of(&self, kind: Kind) -> impl Iterator<Item = &Target> {
        self.targets
            .iter()
            .filter(move |target| target.kind == kind)
    }

    /// Where the API is.
    pub(crate) fn address(&self) -> String {
        format!("{}/graphql", self.running.base)
    }

    pub(crate) fn close(self) {
        self.running.services.store.close();
    }

    async fn ask(&self, body: Value) -> Result<Value, String> {
        let mut request = self
            .http
            .post(self.address())
            .header("content-type", "application/json")
            .body(body.to_string());
        if !self.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        let response = request.send().await.map_err(said)?;
        let text = response.text().await.map_err(said)?;
        serde_json::from_str(&text).map_err(|error| format!("{error}: {text:.300}"))
    }

    /// Signs in, and adds so many of each kind to the world.
    async fn settle(&mut self, of_each: usize) -> Result<(), String> {
        let entered = self
            .ask(json!({
                "query": "mutation($email: String!, $password: String!) { signIn(input: {
                    email: $email, password: $password, transport: BEARER}) { token me { member { id } } } }",
                "variables": { "email": demo::SIGN_INS[0].email, "password": demo::PASSWORD },
            }))
            .await?;
        let entered = &entered["data"]["signIn"];
        let text = |value: &Value| value.as_str().map(str::to_owned).ok_or("no sign-in");
        self.token = text(&entered["token"])?;
        let viewer = MemberId::from_global(&text(&entered["me"]["member"]["id"])?);
        let viewer = viewer.ok_or("the viewer has no id")?;
        let mine = self
            .ask(json!({ "query": "{ me { member { handle } } }" }))
            .await?;
        let handle = Handle::parse(&text(&mine["data"]["me"]["member"]["handle"])?);
        let handle = handle.ok_or("the viewer has no handle")?;

        let services = &self.running.services;
        let now = services.clock.now();
        let hash = demo_password_hash(&services.passwords)
            .await
            .map_err(said)?;
        let mut rng = ChaCha20Rng::seed_from_u64(7);
        let stem = Stem::parse("somebody").map_err(|_| "a stem")?;
        let (mut people, mut ties) = (Vec::new(), Vec::new());
        // One of each in turn: none stands together with its like in a table.
        for kind in (0..of_each).flat_map(|_| KINDS) {
            let word: String = (0..12).map(|_| rng.random_range('a'..='z')).collect();
            let target = Target {
                kind,
                id: MemberId::random(&mut rng),
                handle: Handle::mint(&stem, &mut rng),
                email: Email::parse(&format!("{word}@letterlock.example"))
                    .map_err(|_| "an address")?,
                city: word,
            };
            let at = now.timestamp_millis() - 1_000_000;
            let block = BlockId::random(&mut rng);
            if kind == Kind::Blocker {
                ties.push((Tie::Block(block, target.id, viewer, handle.clone()), at));
            }
            if kind == Kind::Blocked {
                let theirs = target.handle.clone();
                ties.push((Tie::Block(block, viewer, target.id, theirs), at));
            }
            if kind != Kind::Nobody {
                people.push(target.inhabitant(&hash, now)?);
            }
            self.targets.push(target);
        }
        let store = &services.store;
        store.settle(&people).await.map_err(said)?;
        store.knot(&ties).await.map_err(said)?;
        // The database looks at its tables, as it would have in time.
        store.finish_world().await.map_err(said)
    }
}

impl Target {
    fn inhabitant(&self, hash: &str, now: DateTime<Utc>) -> Result<Inhabitant, String> {
        let (age, years) = match self.kind {
            Kind::Teen => (AgeClass::Teen, 15),
            _ => (AgeClass::Adult, 34),
        };
        let birth = BirthDate::new(now.year() - years, 1, 1, now).map_err(|_| "a birth date")?;
        let city = match self.kind {
            Kind::Hider => Audience::OnlyMe,
            _ => Audience::Members,
        };
        let findable = match self.kind {
            Kind::Unfound => Findable::all(Audience::OnlyMe),
            _ => Way::ALL
                .into_iter()
                .fold(Findable::defaults(age), |findable, way| {
                    findable.with(way, Audience::Members)
                }),
        };
        // No password opens what is no hash.
        let password_hash = match self.kind {
            Kind::Unfound => "!",
            _ => hash,
        };
        Ok(Inhabitant {
            id: self.id,
            handle: self.handle.clone(),
            display_name: "Somebody".to_owned(),
            email: self.email.clone(),
            password_hash: password_hash.to_owned(),
            birth,
            audiences: Audiences::defaults(age).with(Field::City, city),
            findable,
            contact: ContactRules::default_for(age),
            uses_lists: false,
            profile: ProfileChanges {
                country: Some(Some(Country::parse("PT").map_err(|_| "a country")?)),
                city: Some(Some(self.city.clone())),
                about_me: Some(Some("Writes on paper.".to_owned())),
                ..ProfileChanges::default()
            },
            joined_at: (now - TimeDelta::days(40)).timestamp_millis(),
            last_seen_at: (now - TimeDelta::hours(5)).timestamp_millis(),
        })
    }
}
