//! A PostgreSQL server of the tests' own: thrown away afterwards.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// A running server. It ends when this is dropped, and also when the test binary is killed: it is held by
/// a shell that waits for the end of its standard input.
pub(crate) struct Server {
    keeper: Child,
    port: u16,
    _folder: TempDir,
}

impl Server {
    /// Starts a server, where the programs are found.
    pub(crate) fn start() -> Result<Self, String> {
        let programs = programs().ok_or("no initdb and postgres were found")?;
        let folder = TempDir::new().map_err(|error| error.to_string())?;
        let root = Command::new("id")
            .arg("-u")
            .output()
            .is_ok_and(|output| output.stdout.starts_with(b"0\n"));
        if root {
            // initdb refuses to run as root.
            run(Command::new("chown").arg("postgres").arg(folder.path()))?;
        }
        let data = folder.path().join("data");
        let switch = if root { "runuser -u postgres -- " } else { "" };
        run(Command::new("sh").arg("-c").arg(format!(
            "cd / && {switch}{}/initdb -D {} -U postgres -A trust -E UTF8 --no-sync --no-instructions >/dev/null",
            programs.display(),
            data.display(),
        )))?;
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .map_err(|error| error.to_string())?
            .port();
        let keeper = Command::new("sh")
            .arg("-c")
            .arg(format!(
                "cd / && {switch}{}/postgres -D {} -p {port} -k '' -h 127.0.0.1 -c fsync=off \
                 -c synchronous_commit=off -c full_page_writes=off -c max_connections=300 \
                 >{}/log 2>&1 </dev/null & cat >/dev/null; kill -QUIT $(head -n 1 {}/postmaster.pid); wait",
                programs.display(),
                data.display(),
                folder.path().display(),
                data.display(),
            ))
            .stdin(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let server = Self {
            keeper,
            port,
            _folder: folder,
        };
        let since = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            if since.elapsed() > Duration::from_secs(30) {
                return Err("the server did not come up within 30 seconds".to_owned());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(server)
    }

    /// `postgres://user@host:port`
    pub(crate) fn base(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// The folder of `initdb` and `postgres`.
fn programs() -> Option<PathBuf> {
    let complete = |folder: &Path| folder.join("initdb").exists() && folder.join("postgres").exists();
    let asked = Command::new("pg_config").arg("--bindir").output().ok();
    let asked = asked.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    let mut installed: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .collect();
    installed.sort();
    asked
        .into_iter()
        .chain(installed.into_iter().rev())
        .find(|folder| complete(folder))
}
