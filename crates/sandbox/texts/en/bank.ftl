# The error page of the sign-in library when it plays a bank.
identity-error-title = Môi trường thử nghiệm (test environment, not a real bank): it cannot go on
