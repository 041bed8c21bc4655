//! What the viewer has themselves, to be compared with what members show.

use async_graphql::Context;

use crate::domain::{
    language::Language,
    profile::{Field, governed},
    search::{self, Clause, Likeness, Term, Test, clause},
    spoken::{Fluency, Spoken},
};
use crate::graphql::{
    error::Error,
    guard::{self, see},
};
use crate::privacy::Wish;

/// The viewer's own languages, interests and age, as far as they are told.
pub async fn own(ctx: &Context<'_>) -> Result<Likeness, Error> {
    let wishes = [Field::Languages, Field::Interests, Field::Age].map(Wish::See);
    let me = guard::oneself(ctx, &wishes).await?;
    let interests = told(see::<governed::Interests>(ctx, &me).await)?;
    let age = told(see::<governed::Age>(ctx, &me).await)?;
    let spoken = told(see::<governed::Languages>(ctx, &me).await)?.unwrap_or_default();
    let native = |spoken: &&Spoken| spoken.fluency == Fluency::Native;
    let learned = || Fluency::ALL.into_iter().filter(|it| *it != Fluency::Native);
    let mine: Vec<Language> = spoken.iter().filter(native).map(|it| it.language).collect();
    Ok(Likeness {
        interests: interests
            .into_iter()
            .flatten()
            .map(Term::interest)
            .collect(),
        teaches: spoken
            .iter()
            .filter(|it| !native(it))
            .map(|it| Term::language(it.language, Fluency::Native))
            .collect(),
        learns: mine
            .iter()
            .flat_map(|of| learned().map(|level| Term::language(*of, level)))
            .collect(),
        native: mine,
        languages: spoken.iter().map(|it| it.language).collect(),
        age: age.map(|age| {
            let age = i32::from(age);
            (age - search::ABOUT, age + search::ABOUT)
        }),
    })
}

/// The clauses for an exchange of languages with the viewer.
pub fn exchange(like: &Likeness) -> [Clause; 2] {
    let speaks = |terms: &[Term]| clause(Field::Languages, Test::Tags(terms.to_vec()));
    [speaks(&like.teaches), speaks(&like.learns)]
}

fn told<T>(sight: guard::Sight<T>) -> Result<Option<T>, Error> {
    sight.transpose()
}
