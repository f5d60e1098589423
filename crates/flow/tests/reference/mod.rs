//! When a session may be reached: the whole truth about it in the words of a bouncer. It keeps what the person has shown and
//! said, looks at the users as storage has them, and predicts after each step who is identified and who is signed in.

use flow::experience::SignInMode;
use flow::mfa::{MfaFactor, MfaPolicy};
use flow::*;
use kernel::ids::UserId;

use crate::world::World;

/// A record that was put down, by what it says.
#[derive(Debug, Clone, PartialEq)]
enum Shown {
    /// A right password of this user.
    Password(UserId),
    /// A wish for a username, with a password for it.
    Wish(String),
    /// A code to this address, typed back or not.
    Mail(String, bool),
    /// A token for this address, right or not.
    Token(String, bool),
    /// A passkey of this user, or not yet of anybody.
    Passkey(Option<UserId>),
    /// A code of a bound authenticator app of this user; not while it is being bound, or not yet right.
    App(UserId, bool),
    /// A new authenticator app of this user, confirmed by a code or not yet.
    NewApp(UserId, bool),
    /// As the app, by an authenticator.
    Authenticator(UserId, bool),
    /// A backup code of this user, used up or not yet.
    Backup(UserId, bool),
    /// New backup codes of this user.
    NewBackup(UserId),
}

#[derive(Default, Clone)]
struct Collected {
    username: Option<String>,
    email: Option<String>,
    password: bool,
}

/// One interaction. None has begun while `event` is none.
#[derive(Default)]
pub struct Reference {
    event: Option<InteractionEvent>,
    captcha_solved: bool,
    shown: Vec<(String, Shown)>,
    collected: Collected,
    declined_factors: bool,
    wants_factors: bool,
    declined_passkey: bool,
    /// An authenticator app and backup codes that are to be bound.
    new_app: bool,
    new_codes: bool,
    pub identified: Option<UserId>,
    /// Whether a passkey said who the person is.
    by_passkey: bool,
    pub decided: bool,
}

/// What is known beside the interaction.
pub struct Around<'a> {
    pub world: &'a World,
    /// The id of the next user.
    pub new_user_id: &'a UserId,
}

impl Around<'_> {
    fn offers(&self, event: InteractionEvent) -> bool {
        match event {
            InteractionEvent::SignIn => self.world.policy.experience.sign_in_mode != SignInMode::Register,
            InteractionEvent::Register => self.world.policy.experience.sign_in_mode != SignInMode::SignIn,
            InteractionEvent::ForgotPassword => true,
        }
    }

    fn accepts(&self, kind: IdentifierType, how: impl Fn(&flow::experience::SignInMethod) -> bool) -> bool {
        self.world.policy.experience.sign_in.methods.iter().any(|method| method.identifier == kind && how(method))
    }

    /// Whether a user other than `but` has the value.
    fn is_taken(&self, kind: IdentifierType, value: &Option<String>, but: &Option<UserId>) -> bool {
        let found = value.as_ref().and_then(|value| self.world.find(&Identifier::new(kind, value.clone())));
        found.is_some_and(|user| Some(&user.id) != but.as_ref())
    }

    fn has_factor(&self, user: &User) -> bool {
        let usable = |factor: MfaFactor| self.world.policy.experience.mfa.factors.contains(&factor);
        user.mfa_factors.iter().any(|bound| usable(bound.factor))
    }

    /// Whether a factor is bound for which backup codes stand in.
    fn has_protection(&self, user: &User) -> bool {
        user.mfa_factors.iter().any(|bound| bound.factor != MfaFactor::BackupCode)
    }
}

impl Reference {
    /// Takes a step; the answer is who is signed in by it.
    pub fn step(&mut self, event: &Event, around: &Around<'_>) -> Option<UserId> {
        if let Event::Start { interaction_event, captcha_verified, .. } = event {
            *self = Self { event: Some(*interaction_event), captcha_solved: *captcha_verified, ..Self::default() };
            return None;
        }
        let doing = self.event?;
        if self.decided {
            return if *event == Event::Submit { self.admitted(around) } else { None };
        }
        match event {
            Event::Start { .. } => {}
            Event::ChangeEvent { interaction_event } => self.switch(doing, *interaction_event, around),
            Event::PasswordVerification { id, user_id, .. } => {
                let user =
                    user_id.outcome().as_ref().and_then(|id| around.world.by_id(id)).filter(|user| !user.is_suspended);
                if let Some(user) = user {
                    self.show(id, Shown::Password(user.id.clone()));
                }
            }
            Event::NewPasswordIdentity { id, identifier, .. } => {
                if !around.is_taken(IdentifierType::Username, &Some(identifier.value.clone()), &self.identified) {
                    self.show(id, Shown::Wish(identifier.value.clone()));
                }
            }
            Event::Record(record) | Event::AnswerPasskeyChallenge { record, .. } => self.record(record),
            Event::Identify { verification_id, .. } => self.identify(doing, verification_id.as_deref(), around),
            Event::IdentifyByLatestRecord => {
                let latest = self.shown.last().map(|(id, _)| id.clone());
                if self.identified.is_none() {
                    self.identify(doing, latest.as_deref(), around);
                }
            }
            Event::AddProfile(patch) => self.add(doing, patch, around),
            Event::SetPassword { same, .. } => {
                let sets = doing == InteractionEvent::ForgotPassword && self.identified.is_some() && !same;
                self.collected.password |= sets;
            }
            Event::SkipMfa => {
                let may = around.world.policy.experience.mfa.policy != MfaPolicy::Mandatory;
                self.declined_factors |= self.identified.is_some() && may;
            }
            Event::EnableMfa if self.identified.is_some() => self.want_factors(),
            Event::SkipPasskey => self.declined_passkey |= self.identified.is_some(),
            // The model makes no passkeys; tests/passkeys.rs does.
            Event::BindPasskey { .. } => {}
            // No device is trusted here; the test of factors has them.
            Event::EnableMfa | Event::SkipMfaSuggestion | Event::TrustDevice => {}
            Event::BindFactor { factor, verification_id } => self.bind(doing, *factor, verification_id, around),
            Event::Submit => return self.submit(doing, around),
        }
        None
    }

    fn want_factors(&mut self) {
        (self.wants_factors, self.declined_factors) = (true, false);
    }

    /// Whoever has a factor shows one before another is bound; an app must have been confirmed, and codes stand in for
    /// something.
    fn bind(&mut self, doing: InteractionEvent, factor: MfaFactor, id: &str, around: &Around<'_>) {
        let Some(user) = self.identified.as_ref().and_then(|id| around.world.by_id(id)) else { return };
        let may = match doing {
            InteractionEvent::ForgotPassword => false,
            InteractionEvent::SignIn => self.passes_factor(user, around),
            InteractionEvent::Register => true,
        };
        let (app, codes) = match (factor, self.named(Some(id))) {
            (MfaFactor::Totp, Some(Shown::NewApp(owner, true))) if owner == user.id => (true, self.new_codes),
            (MfaFactor::BackupCode, Some(Shown::NewBackup(owner))) if owner == user.id => (self.new_app, true),
            _ => return,
        };
        if may && Self::fits(app, codes, user, around) {
            (self.new_app, self.new_codes) = (app, codes);
            self.want_factors();
        }
    }

    /// One app at most, and codes beside something else only.
    fn fits(app: bool, codes: bool, user: &User, around: &Around<'_>) -> bool {
        let has_app = user.mfa_factors.iter().any(|bound| bound.factor == MfaFactor::Totp);
        !(app && has_app) && (!codes || app || around.has_protection(user))
    }

    /// A newer record of a kind replaces the older.
    fn show(&mut self, id: &str, shown: Shown) {
        let kind = |shown: &Shown| match shown {
            Shown::NewApp(..) => std::mem::discriminant(&Shown::App(UserId::default(), false)),
            Shown::NewBackup(_) => std::mem::discriminant(&Shown::Backup(UserId::default(), false)),
            other => std::mem::discriminant(other),
        };
        self.shown.retain(|(_, old)| kind(old) != kind(&shown));
        self.shown.push((id.to_owned(), shown));
    }

    fn record(&mut self, record: &VerificationRecord) {
        match record {
            VerificationRecord::EmailVerificationCode(code) => {
                self.show(code.id(), Shown::Mail(code.members().identifier.value.clone(), code.is_verified()));
            }
            VerificationRecord::OneTimeToken(token) => {
                self.show(token.id(), Shown::Token(token.members().identifier.value.clone(), token.is_verified()));
            }
            VerificationRecord::SignInPasskey(passkey) => {
                let owner = passkey.verified().map(|proof| proof.claim().user_id.clone());
                self.captcha_solved |= owner.is_some();
                self.show(passkey.id(), Shown::Passkey(owner));
            }
            VerificationRecord::Totp(totp) => {
                let flow::verification::Totp { user_id, secret } = totp.members();
                let of = if secret.is_some() { Shown::NewApp } else { Shown::App };
                self.show(totp.id(), of(user_id.clone(), totp.is_verified()));
            }
            VerificationRecord::WebAuthn(authn) => {
                let members = authn.members();
                let counts = authn.is_verified() && members.registration_challenge.is_none();
                self.show(authn.id(), Shown::Authenticator(members.user_id.clone(), counts));
            }
            VerificationRecord::BackupCode(code) => {
                let user_id = code.user_id().clone();
                let shown = match code {
                    flow::verification::Verification::Pending(new) if new.question.backup_codes.is_some() => {
                        Shown::NewBackup(user_id)
                    }
                    code => Shown::Backup(user_id, code.is_verified()),
                };
                self.show(code.id(), shown);
            }
            other => panic!("{other:?} is none of this model's records"),
        }
    }

    /// Signing in and registering turn into each other, and whoever was identified is nobody again.
    fn switch(&mut self, from: InteractionEvent, to: InteractionEvent, around: &Around<'_>) {
        let forgot = InteractionEvent::ForgotPassword;
        if (from == forgot) == (to == forgot) && self.may(to, around) && from != to {
            self.by_passkey = false;
            self.event = Some(to);
            self.collected = Collected::default();
            self.identified = None;
            (self.declined_factors, self.wants_factors) = (false, false);
            (self.new_app, self.new_codes, self.declined_passkey) = (false, false, false);
        }
    }

    /// Whether the tenant offers it, or the person was invited by a token.
    fn may(&self, event: InteractionEvent, around: &Around<'_>) -> bool {
        around.offers(event) || self.shown.iter().any(|(_, shown)| matches!(shown, Shown::Token(_, true)))
    }

    fn captcha_is_missing(&self, around: &Around<'_>) -> bool {
        around.world.policy.experience.captcha_policy.enabled == Some(true) && !self.captcha_solved
    }

    fn named(&self, id: Option<&str>) -> Option<Shown> {
        self.shown.iter().find(|(known, _)| Some(known.as_str()) == id).map(|(_, shown)| shown.clone())
    }

    fn identify(&mut self, doing: InteractionEvent, id: Option<&str>, around: &Around<'_>) {
        if !self.may(doing, around) {
            return;
        }
        let user = match (doing, self.named(id)) {
            (InteractionEvent::Register, named) => return self.register(id.map(|_| named), around),
            (event, Some(shown)) if !around.offers(event) && !matches!(shown, Shown::Token(_, true)) => None,
            (InteractionEvent::SignIn, Some(Shown::Password(user)))
                if around.accepts(IdentifierType::Username, |method| method.password) =>
            {
                around.world.by_id(&user)
            }
            (InteractionEvent::SignIn, Some(Shown::Mail(address, true)))
                if around.accepts(IdentifierType::Email, |method| method.verification_code) =>
            {
                around.world.find(&Identifier::new(IdentifierType::Email, address))
            }
            (InteractionEvent::SignIn, Some(Shown::Passkey(Some(user))))
                if around.world.policy.experience.passkey_sign_in.enabled == Some(true) =>
            {
                around.world.by_id(&user)
            }
            (InteractionEvent::SignIn, Some(Shown::Token(address, true)))
            | (InteractionEvent::ForgotPassword, Some(Shown::Mail(address, true))) => {
                around.world.find(&Identifier::new(IdentifierType::Email, address))
            }
            _ => None,
        };
        if let Some(user) = user
            && !user.is_suspended
            && self.identified.as_ref().is_none_or(|known| *known == user.id)
        {
            self.identified = Some(user.id.clone());
            self.by_passkey = matches!(self.named(id), Some(Shown::Passkey(_)));
        }
    }

    /// A newcomer is created once everything mandatory is there; `shown` is the record that the request names, if it names
    /// one.
    fn register(&mut self, shown: Option<Option<Shown>>, around: &Around<'_>) {
        if self.captcha_is_missing(around) || self.identified.is_some() {
            return;
        }
        let mut collected = self.collected.clone();
        match shown {
            None => {}
            Some(Some(Shown::Wish(name))) => (collected.username, collected.password) = (Some(name), true),
            Some(Some(Shown::Mail(address, true) | Shown::Token(address, true))) => collected.email = Some(address),
            Some(_) => return,
        }
        // An invitation opens the door for its own address only.
        let invites =
            |shown: &Shown| matches!(shown, Shown::Token(address, true) if Some(address) == collected.email.as_ref());
        if !around.offers(InteractionEvent::Register) && !self.shown.iter().any(|(_, shown)| invites(shown)) {
            return;
        }
        let known_by_nothing = collected.email.is_none() && collected.username.is_none();
        if known_by_nothing || self.clashes(&collected, around) {
            return;
        }
        if is_complete(&collected, None, around) {
            self.identified = Some(around.new_user_id.clone());
            self.collected = Collected::default();
        } else {
            self.collected = collected;
        }
    }

    fn clashes(&self, collected: &Collected, around: &Around<'_>) -> bool {
        around.is_taken(IdentifierType::Username, &collected.username, &self.identified)
            || around.is_taken(IdentifierType::Email, &collected.email, &self.identified)
    }

    /// Whoever signs in adds only past their second factor, and only what they lack.
    fn add(&mut self, doing: InteractionEvent, patch: &ProfilePatch, around: &Around<'_>) {
        let user = self.identified.as_ref().and_then(|id| around.world.by_id(id));
        match (doing, user) {
            (InteractionEvent::ForgotPassword, _) | (InteractionEvent::SignIn, None) => return,
            (InteractionEvent::SignIn, Some(user)) if !self.passes_factor(user, around) => return,
            _ => {}
        }
        let mut new = Collected::default();
        let has = match patch {
            ProfilePatch::Username(name) => {
                new.username = Some(name.clone());
                user.is_some_and(|user| user.username.is_some())
            }
            ProfilePatch::Password(_) => {
                new.password = true;
                user.is_some_and(|user| user.has_password)
            }
            ProfilePatch::Email { verification_id } => {
                let Some(Shown::Mail(address, true)) = self.named(Some(verification_id)) else { return };
                new.email = Some(address);
                user.is_some_and(|user| user.primary_email.is_some())
            }
            other => panic!("{other:?} is none of this model's patches"),
        };
        if !has && !self.clashes(&new, around) {
            self.collected.username = new.username.or(self.collected.username.take());
            self.collected.email = new.email.or(self.collected.email.take());
            self.collected.password |= new.password;
        }
    }

    /// A factor counts while it is bound; a passkey that signed the person in stands for all.
    fn passes_factor(&self, user: &User, around: &Around<'_>) -> bool {
        let id = || user.id.clone();
        let bound = |factor| user.mfa_factors.iter().any(|bound| bound.factor == factor);
        let signs_in_by_passkey = around.world.policy.experience.passkey_sign_in.enabled == Some(true);
        let proven = [
            (Shown::App(id(), true), bound(MfaFactor::Totp)),
            (Shown::Authenticator(id(), true), bound(MfaFactor::WebAuthn)),
            (Shown::Backup(id(), true), bound(MfaFactor::BackupCode)),
            (Shown::Passkey(Some(id())), bound(MfaFactor::WebAuthn) && signs_in_by_passkey),
        ];
        let shows = |shown: &Shown| proven.iter().any(|(proof, counts)| *counts && proof == shown);
        !around.has_factor(user) || self.shown.iter().any(|(_, shown)| shows(shown))
    }

    fn submit(&mut self, doing: InteractionEvent, around: &Around<'_>) -> Option<UserId> {
        let user = around.world.by_id(&self.admitted(around)?)?;
        if doing == InteractionEvent::ForgotPassword {
            if self.collected.password {
                *self = Self::default();
            }
            return None;
        }
        let signing_in = doing == InteractionEvent::SignIn;
        let has_passkey = user.mfa_factors.iter().any(|bound| bound.factor == MfaFactor::WebAuthn);
        if signing_in && self.by_passkey && !has_passkey {
            return None;
        }
        let refused = signing_in && !self.passes_factor(user, around)
            || self.clashes(&self.collected, around)
            || signing_in && !is_complete(&self.collected, Some(user), around)
            || self.is_asked_for_passkey(user, around)
            || !Self::fits(self.new_app, self.new_codes, user, around)
            || !self.settled_factors(user, around);
        if refused {
            return None;
        }
        self.decided = true;
        Some(user.id.clone())
    }

    /// Where passkeys sign in, whoever has none makes one or says no.
    fn is_asked_for_passkey(&self, user: &User, around: &Around<'_>) -> bool {
        let used = |shown: &Shown| matches!(shown, Shown::Passkey(Some(owner)) if *owner == user.id);
        let has_passkey = user.mfa_factors.iter().any(|bound| bound.factor == MfaFactor::WebAuthn)
            || self.shown.iter().any(|(_, shown)| used(shown));
        let is_on = around.world.policy.experience.passkey_sign_in.enabled == Some(true);
        is_on && !has_passkey && !self.declined_passkey && !user.passkey_skipped
    }

    /// The identified user, if nothing but the rules of the event stands between them and the end.
    fn admitted(&self, around: &Around<'_>) -> Option<UserId> {
        let user = around.world.by_id(self.identified.as_ref()?)?;
        (!self.captcha_is_missing(around) && !user.is_suspended).then(|| user.id.clone())
    }

    /// Whether the question of binding a factor needs no answer, or has one.
    fn settled_factors(&self, user: &User, around: &Around<'_>) -> bool {
        let settings = &around.world.policy.experience.mfa;
        let is_forced = settings.policy == MfaPolicy::Mandatory;
        if self.new_app || around.has_protection(user) {
            let has_codes = self.new_codes || user.mfa_factors.iter().any(|b| b.factor == MfaFactor::BackupCode);
            return has_codes || settings.policy == MfaPolicy::NoPrompt && !self.new_app;
        }
        let declined = self.declined_factors || user.mfa_skipped && !self.wants_factors;
        settings.policy == MfaPolicy::NoPrompt || declined && !is_forced
    }
}

fn is_complete(collected: &Collected, user: Option<&User>, around: &Around<'_>) -> bool {
    let sign_up = &around.world.policy.experience.sign_up;
    let username = collected.username.is_some() || user.is_some_and(|user| user.username.is_some());
    let email = collected.email.is_some() || user.is_some_and(|user| user.primary_email.is_some());
    let password = collected.password || user.is_some_and(|user| user.has_password);
    let wants = |kind| sign_up.identifiers.contains(&kind);
    (username || !wants(IdentifierType::Username))
        && (email || wants(IdentifierType::Username) || !wants(IdentifierType::Email))
        && (password || !sign_up.password)
}
