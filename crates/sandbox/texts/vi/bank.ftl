# Trang lỗi của thư viện đăng nhập, khi nó đóng vai ngân hàng thử nghiệm.
identity-error-title = Môi trường thử nghiệm – không phải ngân hàng thật: không tiếp tục được
