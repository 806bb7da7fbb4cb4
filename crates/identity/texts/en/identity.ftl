# The only page that the sign-in service draws itself.
identity-error-title = Sign-in cannot go on
identity-error-request = The website that sent you here made a wrong request. You did nothing wrong. Go back to it and try again; if it happens again, tell those who run that website.
identity-error-over = This sign-in has ended or took too long. Go back to the page you came from and choose sign in once more.
identity-error-broken = Something is wrong on our side. Please try again in a few minutes.
identity-error-code = Error code for support: { $code }
