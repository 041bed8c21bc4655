//! A mail server that answers by a script, as RFC 5321 has it; it takes one connection after another.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// What comes of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// The mail is taken.
    Taken,
    /// So the verb is answered, such as `450 later` to `RCPT`; no verb is that of the greeting.
    Answered(&'static str, &'static str),
    /// The mail is taken, which takes half a second.
    TakenSlowly,
    /// It hangs up in the middle of the mail.
    DiesWithin,
    /// It has the mail, and hangs up before it says so.
    DiesAfter,
}

/// The server; it ends when it is dropped.
pub(crate) struct MailServer {
    pub(crate) url: String,
    /// The mails that it has, whole.
    mails: Arc<Mutex<Vec<String>>>,
    job: JoinHandle<()>,
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.job.abort();
    }
}

impl MailServer {
    /// Starts one for which this comes of each connection, the last of each further one.
    pub(crate) async fn start(script: &'static [Then]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let mails = Arc::new(Mutex::new(Vec::new()));
        let kept = mails.clone();
        let job = tokio::spawn(async move {
            let mut script = script.iter().copied();
            let mut then = Then::Taken;
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                then = script.next().unwrap_or(then);
                // Whoever hangs up is no failure of the test's.
                let _ = serve(stream, then, &kept).await;
            }
        });
        Self { url, mails, job }
    }

    pub(crate) fn mails(&self) -> Vec<String> {
        self.mails.lock().unwrap().clone()
    }
}

async fn serve(stream: TcpStream, then: Then, mails: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    let greeting = match then {
        Then::Answered("", greeting) => greeting,
        _ => "220 here",
    };
    writer
        .write_all(format!("{greeting}\r\n").as_bytes())
        .await?;
    while let Some(line) = lines.next_line().await? {
        let verb = line.split([' ', ':']).next().unwrap_or_default();
        let answer = match (verb.to_ascii_uppercase().as_str(), then) {
            (verb, Then::Answered(answered, answer)) if verb == answered => answer,
            ("EHLO", _) => "250-here\r\n250 AUTH PLAIN",
            ("DATA", _) => {
                writer.write_all(b"354 go on\r\n").await?;
                let mut mail = String::new();
                while let Some(line) = lines.next_line().await? {
                    if then == Then::DiesWithin {
                        return Ok(());
                    }
                    if line == "." {
                        break;
                    }
                    mail += &line;
                    mail += "\n";
                }
                mails.lock().unwrap().push(mail);
                if then == Then::TakenSlowly {
                    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
                }
                if then == Then::DiesAfter {
                    return Ok(());
                }
                "250 taken"
            }
            ("QUIT", _) => {
                writer.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => "250 yes",
        };
        writer.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
    Ok(())
}
