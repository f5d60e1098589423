//! The operations on the sign-in experience.

use super::{
    CheckPassword, ListUsernameConflictsQuery, PasswordCheck, SignInExperience, UpdateSignInExperience,
    UpdateSignInExperienceQuery, UsernameConflicts,
};
use crate::operation::Operation;

const TAG: &str = "Sign-in experience";

/// The operations of these types.
pub fn operations() -> Vec<Operation> {
    let conflicts = "/api/sign-in-exp/username-policy/case-sensitivity-conflicts";
    vec![
        Operation::get("/api/sign-in-exp", "GetSignInExp", TAG).returns::<SignInExperience>(200).statuses(&[404]),
        Operation::patch("/api/sign-in-exp", "UpdateSignInExp", TAG)
            .query::<UpdateSignInExperienceQuery>()
            .body::<UpdateSignInExperience>()
            .returns::<SignInExperience>(200)
            .statuses(&[404, 409, 422]),
        Operation::post("/api/sign-in-exp/default/check-password", "CheckPasswordWithDefaultSignInExperience", TAG)
            .body::<CheckPassword>()
            .returns::<PasswordCheck>(200)
            .statuses(&[404]),
        Operation::get(conflicts, "GetUsernameCaseSensitivityConflicts", TAG)
            .query::<ListUsernameConflictsQuery>()
            .returns::<UsernameConflicts>(200),
    ]
}
