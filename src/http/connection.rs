//! Connections: how many there are, and how long one may keep the server waiting.
//!
//! poem has no time limit for the head of a request, and its idle time limit is reset by every byte
//! read, so a client that sends one byte now and then could hold a connection for ever (slowloris).
//! Here a connection must give the server a reason to write within a fixed time, or it is cut: a
//! request arrives, is answered and the answer is taken, within the time. It is also how long a
//! connection without requests is kept.

use std::{
    future::Future,
    io::{self, ErrorKind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use poem::{
    Addr,
    http::uri::Scheme,
    listener::Acceptor,
    web::{LocalAddr, RemoteAddr},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, Sleep},
};

/// Accepts connections up to a number at a time.
pub(super) struct Bounded {
    listener: TcpListener,
    address: LocalAddr,
    places: Arc<Semaphore>,
    patience: Duration,
}

impl Bounded {
    pub(super) fn new(
        listener: TcpListener,
        connections: usize,
        patience: Duration,
    ) -> io::Result<Self> {
        Ok(Self {
            address: LocalAddr(Addr::SocketAddr(listener.local_addr()?)),
            listener,
            places: Arc::new(Semaphore::new(connections)),
            patience,
        })
    }
}

impl Acceptor for Bounded {
    type Io = Impatient;

    fn local_addr(&self) -> Vec<LocalAddr> {
        vec![self.address.clone()]
    }

    async fn accept(&mut self) -> io::Result<(Impatient, LocalAddr, RemoteAddr, Scheme)> {
        let place = Arc::clone(&self.places)
            .acquire_owned()
            .await
            .map_err(io::Error::other)?;
        match self.listener.accept().await {
            Ok((stream, address)) => {
                // Answers are written at once; waiting to fill a packet would only delay them.
                let _ = stream.set_nodelay(true);
                Ok((
                    Impatient {
                        stream,
                        deadline: Box::pin(tokio::time::sleep(self.patience)),
                        patience: self.patience,
                        _place: place,
                    },
                    self.address.clone(),
                    RemoteAddr(Addr::SocketAddr(address)),
                    Scheme::HTTP,
                ))
            }
            Err(error) => {
                // Out of file descriptors, say: the caller tries again at once, and would spin.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
                Err(error)
            }
        }
    }
}

/// A connection that is cut when nothing was written to it for too long.
pub(super) struct Impatient {
    stream: TcpStream,
    deadline: Pin<Box<Sleep>>,
    patience: Duration,
    _place: OwnedSemaphorePermit,
}

impl Impatient {
    fn expired(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        self.deadline
            .as_mut()
            .poll(context)
            .map(|()| ErrorKind::TimedOut.into())
    }

    fn progressed(&mut self) {
        self.deadline.as_mut().reset(Instant::now() + self.patience);
    }
}

impl AsyncRead for Impatient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Poll::Ready(error) = self.expired(context) {
            return Poll::Ready(Err(error));
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Impatient {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write(context, bytes) {
            Poll::Ready(Ok(written)) => {
                self.progressed();
                Poll::Ready(Ok(written))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => self.expired(context).map(Err),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
