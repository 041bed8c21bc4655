//! Connections: how many there are, and how long one may keep the server waiting.
//!
//! poem has no time limit for the head of a request, and its idle time limit is reset by every byte
//! read, so a client that sends one byte now and then could hold a connection for ever (slowloris).
//! Here a connection must give the server a reason to write within a fixed time, or it is cut: a
//! request arrives, is answered and the answer is taken, within the time. It is also how long a
//! connection without requests is kept. The first reason must come sooner, and one network has no more
//! than its share of the places.

use std::{
    collections::HashMap,
    future::Future,
    io::{self, ErrorKind},
    net::IpAddr,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use ipnet::IpNet;
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

use crate::viewer::throttle::network_of;

/// How long a new connection may take until it is first answered; less than the patience with one that
/// was answered before.
const FIRST_PATIENCE: Duration = Duration::from_secs(30);
/// One network has at most this part of the places: one in four.
const SHARE: usize = 4;

/// Accepts connections up to a number at a time.
pub(super) struct Bounded {
    listener: TcpListener,
    address: LocalAddr,
    places: Arc<Semaphore>,
    patience: Duration,
    neighbours: Neighbours,
    share: usize,
    trusted: Vec<IpNet>,
}

/// How many connections each network has. The operator's own proxies, and this very machine, where one
/// may run, stand for many people and are not counted.
#[derive(Clone, Default)]
struct Neighbours(Arc<Mutex<HashMap<IpNet, usize>>>);

/// One connection of a network, as long as it lasts.
struct Counted(Neighbours, IpNet);

impl Neighbours {
    fn enter(&self, network: IpNet, share: usize) -> Option<Counted> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(network).or_default();
        if *count >= share {
            return None;
        }
        *count += 1;
        Some(Counted(self.clone(), network))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut counts = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.1) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.1);
            }
        }
    }
}

impl Bounded {
    pub(super) fn new(
        listener: TcpListener,
        connections: usize,
        patience: Duration,
        trusted: &[IpNet],
    ) -> io::Result<Self> {
        Ok(Self {
            address: LocalAddr(Addr::SocketAddr(listener.local_addr()?)),
            listener,
            places: Arc::new(Semaphore::new(connections)),
            patience,
            neighbours: Neighbours::default(),
            share: (connections / SHARE).max(1),
            trusted: trusted.to_vec(),
        })
    }

    /// A place of the network's share; nothing when that is used up.
    fn share(&self, address: IpAddr) -> Option<Option<Counted>> {
        let address = address.to_canonical();
        if address.is_loopback()
            || self
                .trusted
                .iter()
                .any(|network| network.contains(&address))
        {
            return Some(None);
        }
        self.neighbours
            .enter(network_of(address), self.share)
            .map(Some)
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
        let accepted = loop {
            match self.listener.accept().await {
                Ok((stream, address)) => {
                    // Dropped at once where the share is used up: the place stays for somebody else.
                    if let Some(counted) = self.share(address.ip()) {
                        break Ok((stream, address, counted));
                    }
                }
                Err(error) => break Err(error),
            }
        };
        match accepted {
            Ok((stream, address, counted)) => {
                // Answers are written at once; waiting to fill a packet would only delay them.
                let _ = stream.set_nodelay(true);
                Ok((
                    Impatient {
                        stream,
                        deadline: Box::pin(tokio::time::sleep(self.patience.min(FIRST_PATIENCE))),
                        patience: self.patience,
                        _place: place,
                        _counted: counted,
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
    _counted: Option<Counted>,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_has_its_share_and_gets_it_back() {
        let neighbours = Neighbours::default();
        let (one, other) = (
            "192.0.2.0/24".parse().unwrap(),
            "198.51.100.0/24".parse().unwrap(),
        );
        let held: Vec<_> = (0..3).map(|_| neighbours.enter(one, 3).unwrap()).collect();
        assert!(neighbours.enter(one, 3).is_none());
        assert!(neighbours.enter(other, 3).is_some());
        drop(held);
        assert!(neighbours.enter(one, 3).is_some());
        assert!(neighbours.0.lock().unwrap().is_empty());
    }
}
