# The error page of the sign-in library when it plays VNeID.
identity-error-title = Môi trường thử nghiệm (test environment, not VNeID): signing in cannot go on
