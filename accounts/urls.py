"""A person's home, people and businesses."""

from django.urls import path

from accounts import business_views, undelivered_urls, views

app_name = "accounts"
urlpatterns = [
    path("", views.home, name="home"),
    path("me/", views.me, name="me"),
    path("people/", views.person_list, name="person-list"),
    path("people/invite/", views.invitation_create, name="invitation-create"),
    path("people/<int:person_id>/", views.person_edit, name="person-edit"),
    path(
        "people/invitations/<int:invitation_id>/revoke/",
        views.invitation_revoke,
        name="invitation-revoke",
    ),
    *undelivered_urls.urlpatterns,
    path("invitations/<str:secret>/", views.invitation_accept, name="invitation-accept"),
    path("businesses/", business_views.business_list, name="business-list"),
    path("businesses/new/", business_views.business_create, name="business-create"),
    path("businesses/<int:business_id>/", business_views.business_detail, name="business-detail"),
    path("businesses/<int:business_id>/edit/", business_views.business_edit, name="business-edit"),
    path(
        "businesses/<int:business_id>/archive/",
        business_views.business_archive,
        name="business-archive",
    ),
    path(
        "businesses/<int:business_id>/members/invite/",
        business_views.member_invite,
        name="member-invite",
    ),
    path(
        "businesses/<int:business_id>/members/<int:membership_id>/remove/",
        business_views.member_remove,
        name="member-remove",
    ),
]
