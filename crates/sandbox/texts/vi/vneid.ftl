# Trang lỗi của thư viện đăng nhập, khi nó đóng vai VNeID thử nghiệm.
identity-error-title = Môi trường thử nghiệm – không phải VNeID: không đăng nhập tiếp được
