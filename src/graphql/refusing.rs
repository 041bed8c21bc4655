//! Refusing mails by a link: what the wire does for `http` beside GraphQL.

use super::MemberApi;
use crate::domain::notice::Category;
use crate::viewer::refusing::Refusal;

impl MemberApi {
    fn refusal(&self, link: &str) -> Option<Refusal> {
        Refusal::open(&self.services.sealer, link)
    }

    /// What a link refuses, in words; nothing for a link that is not whole.
    pub fn refusal_in_words(&self, link: &str) -> Option<&'static str> {
        self.refusal(link).map(|refusal| match refusal.category() {
            Category::Marketing => "offers",
            Category::Social | Category::Security | Category::Service => "what other members do",
        })
    }

    /// Carries out what a link says, for what is sent from now on.
    ///
    /// # Errors
    ///
    /// Where it could not be noted now; it has been logged, without the link.
    pub async fn refuse_mail(&self, link: &str) -> Result<(), ()> {
        let Some(refusal) = self.refusal(link) else {
            return Ok(());
        };
        let done = self.services.store.refuse_mail(refusal).await;
        done.map_err(|error| tracing::error!(%error, "that mails were refused was not noted"))
    }
}
