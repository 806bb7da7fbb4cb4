//! The load generator's HTTP client: one keep-alive connection, requests made beforehand, answers read by Content-Length.
//! As little work as possible, because it shares the machine with the server that it measures.

use std::{io, net::SocketAddr};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub enum As<'a> {
    Nobody,
    /// `Authorization: Bearer …`
    Token(&'a str),
    /// A cookie, `name=value`.
    Cookie(&'a str),
}

impl As<'_> {
    fn header(self) -> String {
        match self {
            Self::Nobody => String::new(),
            Self::Token(token) => format!("authorization: Bearer {token}\r\n"),
            Self::Cookie(cookie) => format!("cookie: {cookie}\r\n"),
        }
    }
}

pub fn get(path: &str, who: As<'_>) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{}\r\n", who.header()).into_bytes()
}

pub fn post(path: &str, who: As<'_>, json: &str) -> Vec<u8> {
    post_from(path, who, json, "")
}

/// `from`: an address that a trusted proxy would report; limits count by it.
pub fn post_from(path: &str, who: As<'_>, json: &str, from: &str) -> Vec<u8> {
    let from = if from.is_empty() { String::new() } else { format!("x-forwarded-for: {from}\r\n") };
    let (who, length) = (who.header(), json.len());
    format!(
        "POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{who}{from}content-type: application/json\r\ncontent-length: {length}\r\n\r\n{json}"
    )
    .into_bytes()
}

/// Any request; `headers` are whole lines.
pub fn request(method: &str, path: &str, who: As<'_>, headers: &str, body: &[u8]) -> Vec<u8> {
    let (who, length) = (who.header(), body.len());
    let head = format!("{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{who}{headers}content-length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

/// A header of an answer, whatever the case of its name.
pub fn header<'a>(head: &'a [u8], wanted: &str) -> Option<&'a str> {
    let lines = std::str::from_utf8(head).ok()?.split("\r\n");
    lines.filter_map(|l| l.split_once(':')).find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, v)| v.trim())
}

pub struct Answer<'a> {
    pub status: u16,
    /// Its lines before the body.
    pub head: &'a [u8],
    pub body: &'a [u8],
}

/// A connection that is opened when it is first needed and again after an error.
pub struct Conn {
    to: SocketAddr,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
}

impl Conn {
    pub fn new(to: SocketAddr) -> Self {
        Self { to, stream: None, buffer: Vec::with_capacity(32 * 1024) }
    }

    /// Sends one request and reads its answer.
    pub async fn ask(&mut self, request: &[u8]) -> io::Result<Answer<'_>> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(self.to).await?;
                stream.set_nodelay(true)?;
                stream
            }
        };
        stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            if stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if let Some(at) = find(&self.buffer, b"\r\n\r\n") {
                break Head::parse(&self.buffer[..at], at + 4)?;
            }
        };
        while self.buffer.len() < head.start + head.length {
            if stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        if !head.close {
            self.stream = Some(stream);
        }
        let (lines, rest) = self.buffer.split_at(head.start);
        Ok(Answer { status: head.status, head: lines, body: &rest[..head.length] })
    }
}

struct Head {
    status: u16,
    start: usize,
    length: usize,
    close: bool,
}

impl Head {
    fn parse(head: &[u8], start: usize) -> io::Result<Self> {
        let broken = || io::Error::from(io::ErrorKind::InvalidData);
        let text = std::str::from_utf8(head).map_err(|_| broken())?;
        let mut lines = text.split("\r\n");
        let status = lines.next().and_then(|l| l.split(' ').nth(1)).and_then(|s| s.parse().ok()).ok_or_else(broken)?;
        let (mut length, mut close) = (None, false);
        for (name, value) in lines.filter_map(|l| l.split_once(':')) {
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().ok();
            } else if name.eq_ignore_ascii_case("connection") {
                close = value.trim().eq_ignore_ascii_case("close");
            }
        }
        let length = match length {
            Some(length) => length,
            None if matches!(status, 204 | 304) => 0,
            None => return Err(broken()), // chunked: nothing that is measured here answers so
        };
        Ok(Self { status, start, length, close })
    }
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|w| w == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_of_an_answer_is_read_whatever_the_case_of_its_names() {
        let head = Head::parse(b"HTTP/1.1 201 Created\r\nContent-Length: 12\r\nx: y", 40).unwrap();
        assert_eq!((head.status, head.length, head.close), (201, 12, false));
        assert!(Head::parse(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked", 40).is_err());
        assert_eq!(Head::parse(b"HTTP/1.1 204 No Content\r\nconnection: close", 4).unwrap().length, 0);
    }

    #[test]
    fn a_request_says_how_long_its_body_is() {
        let text = String::from_utf8(post("/x", As::Token("t"), "{\"a\":\"ạ\"}")).unwrap();
        assert!(text.contains("content-length: 11\r\n"), "{text}");
        assert!(text.contains("authorization: Bearer t\r\n"));
        assert_eq!(header(b"HTTP/1.1 201 Created\r\nLocation: /x/1\r\n\r\n", "location"), Some("/x/1"));
    }
}
