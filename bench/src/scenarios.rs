//! What is measured, in order.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::flows::{Browser, REDIRECT, exchange, refresh};
use crate::http::Connection;
use crate::load::{self, Measured};
use crate::server::{Application, Server, client_credentials, form, management_token, users};
use crate::table::Table;
use crate::{Failure, Plan, machine, timed};

const USERS_WITH_PASSWORD: usize = 64;

/// What the scenarios share.
struct Bench<'a> {
    plan: &'a Plan,
    server: &'a Server,
    table: &'a mut Table,
    machine: Application,
    web: Application,
    spa: Application,
    token: String,
}

/// Runs everything.
pub async fn all(plan: &Plan, directory: &Path) -> Result<Table, Failure> {
    let engine = if plan.db_url.starts_with("postgres") { "PostgreSQL" } else { "SQLite" };
    let mut table = Table { title: format!("Loggia on {engine}, {} users", plan.users), ..Table::default() };
    raw(&mut table, plan, directory).await?;
    let (server, first) = Server::start((&plan.binary, &plan.db_url, plan.port), &[]).await?;
    table.plain("ready, empty database", first.as_secs_f64() * 1000.0, " ms");
    server.stop().await?;
    let (server, later) = Server::start((&plan.binary, &plan.db_url, plan.port), &[]).await?;
    table.plain("ready, existing database", later.as_secs_f64() * 1000.0, " ms");
    tokio::time::sleep(Duration::from_secs(1)).await;
    let cpu = server.cpu_seconds();
    table.plain("memory idle", server.memory().0, " MB");
    tokio::time::sleep(Duration::from_secs(3)).await;
    table.plain("CPU idle", (server.cpu_seconds() - cpu) / 3.0 * 100.0, " %");
    table.plain("binary", std::fs::metadata(&plan.binary)?.len() as f64 / 1e6, " MB");
    let machine = server.application("m2m", &["--management-api"]).await?;
    let web = server.application("traditional", &["--redirect-uri", REDIRECT]).await?;
    let spa = server.application("spa", &["--redirect-uri", REDIRECT]).await?;
    let token = management_token(&server.authority, &machine).await?;
    users(&server.authority, &token, (plan.users, USERS_WITH_PASSWORD)).await?;
    let mut bench = Bench { plan, server: &server, table: &mut table, machine, web, spa, token };
    bench.reads().await?;
    if plan.wants("code exchange") || plan.wants("refresh with rotation") {
        bench.tokens().await?;
    }
    if plan.wants("full sign-in flows") {
        bench.sign_ins().await?;
    }
    if plan.wants("hosted sign-in page") {
        bench.page().await?;
    }
    if plan.wants("token endpoint while 64 clients sign in") {
        bench.storm().await?;
    }
    let (now, peak) = server.memory();
    table.plain("memory after load", now, " MB");
    table.plain("memory peak", peak, " MB");
    server.stop().await?;
    Ok(table)
}

async fn raw(table: &mut Table, plan: &Plan, directory: &Path) -> Result<(), Failure> {
    if !plan.wants("raw") {
        return Ok(());
    }
    table.plain("raw: ES384 signatures, one core", machine::signatures()?, "/s");
    table.plain("raw: Argon2id 19456 KiB t=2, one core", machine::hashes(19_456, 2)?, "/s");
    let url = format!("sqlite://{}", directory.join("raw.db").display());
    table.plain("raw: durable SQLite units, 32 writers", machine::units(&url).await?, "/s");
    for connections in [1, 32] {
        let measured = machine::empty_route(connections).await?;
        table.rate(&format!("raw: empty axum route, {connections}"), (measured, 0.0), None);
    }
    Ok(())
}

impl Bench<'_> {
    /// Measures requests of one kind at 1 and 32 connections.
    async fn request(
        &mut self,
        name: &str,
        (method, path): (&str, &str),
        bearer: Option<&str>,
        body: &str,
    ) -> Result<(), Failure> {
        if !self.plan.wants(name) {
            return Ok(());
        }
        for connections in [1, 32] {
            let mut rounds = Vec::new();
            let (cpu, mut done) = (self.server.cpu_seconds(), 0.0);
            for _ in 0..self.plan.rounds {
                let (authority, method, path, body) =
                    (self.server.authority.clone(), method.to_owned(), path.to_owned(), body.to_owned());
                let bearer = bearer.map(str::to_owned);
                let measured = load::run(connections, self.plan.seconds, |_, deadline| {
                    let (authority, method, path, body) =
                        (authority.clone(), method.clone(), path.clone(), body.clone());
                    let bearer = bearer.clone();
                    async move {
                        let mut connection = Connection::open(&authority).await?;
                        timed(deadline, async move || {
                            let headers: Vec<(&str, &str)> =
                                bearer.iter().map(|b| ("authorization", b.as_str())).collect();
                            let body = if body.is_empty() { None } else { form(&body) };
                            connection.send((&method, &path), &headers, body).await?.expect(200).map(drop)
                        })
                        .await
                    }
                })
                .await?;
                done += measured.rate * self.plan.seconds;
                rounds.push(measured);
            }
            let cpu = (self.server.cpu_seconds() - cpu) * 1e6 / done;
            let median = load::median(rounds).ok_or("no rounds")?;
            self.table.rate(&format!("{name}, {connections}"), median, Some(cpu));
        }
        Ok(())
    }

    async fn reads(&mut self) -> Result<(), Failure> {
        let mut browser = Browser::open(&self.server.authority).await?;
        let code = browser.code(&self.web, "bench0").await?;
        let tokens = exchange(&mut browser.connection, &self.web, &code).await?;
        let user = format!("Bearer {}", tokens["access_token"].as_str().unwrap_or_default());
        let management = format!("Bearer {}", self.token);
        self.request("discovery", ("GET", "/oidc/.well-known/openid-configuration"), None, "").await?;
        self.request("JWKS", ("GET", "/oidc/jwks"), None, "").await?;
        self.request("userinfo", ("GET", "/oidc/me"), Some(&user), "").await?;
        self.request("user list, page of 20", ("GET", "/api/users?page=1&page_size=20"), Some(&management), "").await?;
        self.request("user search", ("GET", "/api/users?search=%25bench42%25"), Some(&management), "").await?;
        let grant = "grant_type=client_credentials&resource=https%3A%2F%2Fdefault.logto.app%2Fapi&scope=all";
        let basic = self.machine.basic();
        self.request("client-credentials JWT", ("POST", "/oidc/token"), Some(&basic), grant).await
    }

    async fn tokens(&mut self) -> Result<(), Failure> {
        let per_worker = (self.plan.seconds * 150.0) as usize;
        let mut rounds = (Vec::new(), Vec::new());
        for _ in 0..self.plan.rounds {
            let codes = Arc::new(self.codes(32, per_worker).await?);
            let (authority, web) = (self.server.authority.clone(), self.web.clone());
            let exchanged = load::run(32, self.plan.seconds, |worker, deadline| {
                let (authority, web, codes) = (authority.clone(), web.clone(), Arc::clone(&codes));
                async move {
                    let mut connection = Connection::open(&authority).await?;
                    let mut times = Vec::new();
                    for code in codes.get(worker).into_iter().flatten() {
                        let began = Instant::now();
                        exchange(&mut connection, &web, code).await?;
                        times.push(began.elapsed());
                        if Instant::now() > deadline {
                            break;
                        }
                    }
                    Ok(times)
                }
            });
            rounds.0.push(exchanged.await?);
            rounds.1.push(self.refreshes().await?);
        }
        self.table.rate("code exchange, 32", load::median(rounds.0).ok_or("no rounds")?, None);
        self.table.rate("refresh with rotation, 32", load::median(rounds.1).ok_or("no rounds")?, None);
        Ok(())
    }

    /// Codes for `workers` × `each` exchanges, from sessions that are signed in.
    async fn codes(&self, workers: usize, each: usize) -> Result<Vec<Vec<String>>, Failure> {
        let tasks = (0..workers).map(|worker| {
            let (authority, web) = (self.server.authority.clone(), self.web.clone());
            tokio::spawn(async move {
                let mut browser = Browser::open(&authority).await?;
                let mut codes = Vec::new();
                for _ in 0..each {
                    codes.push(browser.code(&web, &format!("bench{}", worker % USERS_WITH_PASSWORD)).await?);
                }
                Ok::<_, Failure>(codes)
            })
        });
        let mut all = Vec::new();
        for task in tasks.collect::<Vec<_>>() {
            all.push(task.await??);
        }
        Ok(all)
    }

    async fn refreshes(&self) -> Result<Measured, Failure> {
        let mut chains = Vec::new();
        for worker in 0..32 {
            let mut browser = Browser::open(&self.server.authority).await?;
            let code = browser.code(&self.spa, &format!("bench{}", worker % USERS_WITH_PASSWORD)).await?;
            let tokens = exchange(&mut browser.connection, &self.spa, &code).await?;
            let token = tokens["refresh_token"].as_str().ok_or("no refresh token")?.to_owned();
            chains.push(std::sync::Mutex::new(Some((browser.connection, token))));
        }
        let (chains, spa) = (Arc::new(chains), self.spa.clone());
        load::run(32, self.plan.seconds, |worker, deadline| {
            let (chains, spa) = (Arc::clone(&chains), spa.clone());
            async move {
                let taken = chains.get(worker).and_then(|chain| chain.lock().ok()?.take());
                let (mut connection, mut token) = taken.ok_or("no chain")?;
                timed(deadline, async move || {
                    token = refresh(&mut connection, &spa, &token).await?;
                    Ok(())
                })
                .await
            }
        })
        .await
    }

    async fn sign_ins(&mut self) -> Result<(), Failure> {
        let mut rounds = Vec::new();
        for _ in 0..self.plan.rounds {
            let (authority, web) = (self.server.authority.clone(), self.web.clone());
            let measured = load::run(8, self.plan.seconds, |worker, deadline| {
                let (authority, web) = (authority.clone(), web.clone());
                async move {
                    timed(deadline, async move || {
                        let mut browser = Browser::open(&authority).await?;
                        let code = browser.code(&web, &format!("bench{worker}")).await?;
                        exchange(&mut browser.connection, &web, &code).await.map(drop)
                    })
                    .await
                }
            });
            rounds.push(measured.await?);
        }
        self.table.rate("full sign-in flows, 8", load::median(rounds).ok_or("no rounds")?, None);
        Ok(())
    }

    async fn page(&mut self) -> Result<(), Failure> {
        let mut browser = Browser::open(&self.server.authority).await?;
        let page = browser.authorize(&self.web).await?;
        let cookie = browser.cookies.header();
        let answer = browser.connection.send(("GET", &page), &[("cookie", &cookie)], None).await?.expect(200)?;
        self.table.plain("hosted sign-in page, document", answer.body.len() as f64 / 1024.0, " KB");
        let authority = self.server.authority.clone();
        let measured = load::run(32, self.plan.seconds, |_, deadline| {
            let (authority, page, cookie) = (authority.clone(), page.clone(), cookie.clone());
            async move {
                let mut connection = Connection::open(&authority).await?;
                timed(deadline, async move || {
                    connection.send(("GET", &page), &[("cookie", &cookie)], None).await?.expect(200).map(drop)
                })
                .await
            }
        });
        self.table.rate("hosted sign-in page, 32", (measured.await?, 0.0), None);
        Ok(())
    }

    /// 64 clients storm the password form while four ask for tokens.
    async fn storm(&mut self) -> Result<(), Failure> {
        let (authority, web, seconds) = (self.server.authority.clone(), self.web.clone(), self.plan.seconds);
        let storm = tokio::spawn(load::run(64, seconds, move |worker, deadline| {
            let (authority, web) = (authority.clone(), web.clone());
            async move {
                timed(deadline, async move || {
                    let mut browser = Browser::open(&authority).await?;
                    // Refusals for being busy are part of the picture.
                    if browser.code(&web, &format!("bench{worker}")).await.is_err() {
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                    Ok(())
                })
                .await
            }
        }));
        let (authority, machine) = (self.server.authority.clone(), self.machine.clone());
        let calm = load::run(4, seconds, |_, deadline| {
            let (authority, machine) = (authority.clone(), machine.clone());
            async move {
                let mut connection = Connection::open(&authority).await?;
                timed(deadline, async move || {
                    client_credentials(&mut connection, &machine).await?.expect(200).map(drop)
                })
                .await
            }
        });
        let measured = calm.await?;
        storm.await??;
        self.table.rate("token endpoint while 64 clients sign in, 4", (measured, 0.0), None);
        Ok(())
    }
}
