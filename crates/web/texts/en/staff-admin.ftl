# staff-admin
