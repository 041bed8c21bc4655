//! Records statements: the text and the bound values of each, before it is sent.

use std::sync::{Arc, Mutex};

use letterlock::store::Tap;

type Listener = Box<dyn Fn(&str) + Send>;

/// What was sent to the database.
#[derive(Clone, Default)]
pub(crate) struct Recorder {
    statements: Arc<Mutex<Vec<String>>>,
    listener: Arc<Mutex<Option<Listener>>>,
}

impl Recorder {
    /// What the store calls.
    pub(crate) fn tap(&self) -> Tap {
        let recorder = self.clone();
        Arc::new(move |statement| {
            recorder.statements.lock().unwrap().push(statement.to_owned());
            if let Some(listener) = recorder.listener.lock().unwrap().as_ref() {
                listener(statement);
            }
        })
    }

    /// Forgets what was recorded.
    pub(crate) fn clear(&self) {
        self.statements.lock().unwrap().clear();
    }

    /// What was recorded since the last [`Recorder::clear`].
    pub(crate) fn statements(&self) -> Vec<String> {
        self.statements.lock().unwrap().clone()
    }

    /// Calls `listener` before each statement is sent, on the thread that sends it.
    pub(crate) fn listen(&self, listener: impl Fn(&str) + Send + 'static) {
        *self.listener.lock().unwrap() = Some(Box::new(listener));
    }

    /// Calls nobody any more.
    pub(crate) fn unlisten(&self) {
        *self.listener.lock().unwrap() = None;
    }
}
