# Tổ chức (doanh nghiệp, cơ quan nhà nước) và người thay mặt
organization-business = Doanh nghiệp
organization-state_body = Cơ quan nhà nước
organization-role-manager = Người quản lý
organization-role-member = Thành viên
export-organizations = Tổ chức tôi thay mặt

activity-organization-signed = Ký số thay mặt một tổ chức
activity-organization-joined = Tham gia một tổ chức
activity-organization-declined = Từ chối tham gia một tổ chức
activity-organization-left = Không còn thay mặt một tổ chức
activity-organization-role = Đổi vai trò trong một tổ chức
activity-organization-changed = Mời người hoặc hủy lời mời vào một tổ chức
activity-behalf-began = Bắt đầu làm việc cho một tổ chức
activity-behalf-ended = Trở lại làm việc cho chính mình
activity-behalf-reported = Gửi phản ánh thay mặt một tổ chức
export-behalf = Gửi thay mặt { $name } ({ $code })

notice-organization-signed = { $name } có thêm người quản lý, được xác nhận bằng chữ ký số của tổ chức. Nếu không phải người của tổ chức, hãy đưa người đó ra.
notice-organization-invited = { $name } mời Ông/Bà cùng thay mặt tổ chức. Bấm để trả lời.
notice-organization-joined = { $name } có thêm người tham gia.
notice-organization-declined = Một lời mời tham gia { $name } đã bị từ chối.
notice-organization-role = Vai trò của Ông/Bà trong { $name } vừa được đổi.
notice-organization-removed = Ông/Bà không còn thay mặt { $name }.
sms-organization-invited = { $app }: { $name } mời Ông/Bà cùng thay mặt tổ chức. Đăng nhập { $link } trước ngày { $until } để trả lời. Nếu không biết tổ chức này, hãy bỏ qua.

org-last-manager = Đây là người quản lý duy nhất. Hãy giao quyền quản lý cho một người khác trước, hoặc mời thêm một người quản lý.
org-already-member = Người dùng số điện thoại này đã ở trong tổ chức.
org-already-invited = Số điện thoại này đã được mời và chưa trả lời. Nếu cần mời lại, hãy hủy lời mời cũ trước.
org-invitation-gone = Lời mời đã hết hạn, đã được trả lời hoặc đã bị hủy. Nếu cần, hãy nhờ tổ chức mời lại.
org-not-identified = Tài khoản của Ông/Bà chưa xác thực số định danh. Hãy xác thực tại mục Liên kết tài khoản, rồi quay lại.
org-full = Tổ chức đã có quá nhiều người hoặc quá nhiều lời mời chưa trả lời. Hãy bớt người hoặc hủy lời mời cũ.
