//! What an account lacked when it was added must be lacking still at submit: between the two steps, the owner may have been there.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod world;

use flow::*;
use world::*;

fn add_email() -> Event {
    Event::AddProfile(ProfilePatch::Email { verification_id: "e".into() })
}

/// Alice, without an address, signs in and adds one.
fn with_new_address() -> World {
    let mut world = World::new();
    world.users[0].primary_email = None;
    world.step(start(InteractionEvent::SignIn)).unwrap();
    world.step(password("p", "alice", Some("alice"))).unwrap();
    world.step(identify("p")).unwrap();
    world.step(email_code("e", "new@example.com", true)).unwrap();
    world.step(add_email()).unwrap();
    world
}

#[test]
fn c18_an_address_that_was_added_replaces_none_that_came_meanwhile() {
    let mut world = with_new_address();
    world.users[0].primary_email = Some("own@example.com".into());
    assert_eq!(world.code(Event::Submit), "422 user.email_exists_in_profile");
    assert_eq!(world.sessions(), Vec::<&str>::new());
    let mut world = with_new_address();
    assert_eq!(world.code(Event::Submit), "ok");
}

#[test]
fn c18_nor_does_a_user_name() {
    let mut world = World::new();
    world.users[0].username = None;
    world.step(start(InteractionEvent::SignIn)).unwrap();
    world.step(email_code("e", "alice@example.com", true)).unwrap();
    world.step(identify("e")).unwrap();
    world.step(Event::AddProfile(ProfilePatch::Username("mine".into()))).unwrap();
    world.users[0].username = Some("own".into());
    assert_eq!(world.code(Event::Submit), "422 user.username_exists_in_profile");
}
